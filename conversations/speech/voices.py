"""In which voice an answer is read aloud."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

from django.conf import settings

from conversations.models import Message, switches
from conversations.providers.utterance import Utterance
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
    """Its assistant's, and what that doesn't say as the settings have it; None where no model reads it aloud."""
    version = answer.prompt_version
    prompt = version.prompt if version else None
    if not (model := speaking.model()) or switches.refusal("read_aloud", prompt):
        return None
    name, speed, instructions = (prompt.voice, prompt.voice_speed, prompt.voice_instructions) if prompt else ("", None, "")
    return Voice(
        model,
        name or settings.SPEECH_VOICE,
        speed or settings.SPEECH_SPEED,
        " ".join((instructions or settings.SPEECH_INSTRUCTIONS).split()),
    )
