"""What is asked to be read aloud."""

from __future__ import annotations

from typing import NamedTuple

PATH = "/audio/speech"


class Utterance(NamedTuple):
    """A text, and how it is to be said."""

    text: str
    voice: str
    speed: float = 1.0
    instructions: str = ""
