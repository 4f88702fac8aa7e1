"""In which voice an answer is read aloud."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

from django.conf import settings

from conversations.models import Message
from conversations.providers.speech import Utterance
from conversations.routing import speaking


class Voice(NamedTuple):
    """A model, and how it is to speak."""

    model: str
    name: str
    speed: float
    instructions: str

    def utterance(self, text: str) -> Utterance:
        return Utterance(text, self.name, self.speed, self.instructions)

    def key(self, text: str) -> str:
        """Under which this text, said in this voice, is kept."""
        return hashlib.sha256(json.dumps([text, *self]).encode()).hexdigest()


def voice_of(answer: Message) -> Voice | None:
    """None where no model reads aloud."""
    if not (model := speaking.model()):
        return None
    return Voice(model, settings.SPEECH_VOICE, settings.SPEECH_SPEED, settings.SPEECH_INSTRUCTIONS)
