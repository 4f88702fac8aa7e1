"""What is counted beside tokens, as reports show it: which units a kind of attempts has, and each in words and numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from conversations.models import AttemptKind
from conversations.usage.ledger import amounts
from conversations.usage.reports.figures import Figures
from conversations.usage.reports.users import Use

from . import words

MS_PER_MINUTE = 60_000


class Unit(NamedTuple):
    label: str
    value: Callable[[Figures | Use], int]
    text: Callable[[int], str]
    per: int = 1
    """So many of them are one of what files and charts have, which `name` names."""
    name: str = ""

    def number(self, figures: Figures | Use) -> float:
        return round(self.value(figures) / self.per, 2) if self.per > 1 else self.value(figures)


PICTURES = Unit("Pictures", lambda figures: figures.pictures, words.count)
HEARD = Unit("Audio heard", lambda figures: figures.heard_ms, amounts.length, MS_PER_MINUTE, "min")
SPOKEN = Unit("Audio made", lambda figures: figures.spoken_ms, amounts.length, MS_PER_MINUTE, "min")
CHARACTERS = Unit("Characters", lambda figures: figures.spoken_characters, words.short)
FILES = Unit("Files", lambda figures: figures.files, words.count)
PAGES = Unit("Pages", lambda figures: figures.pages, words.short)
AUDIO_TOKENS = Unit("Audio tokens", lambda figures: figures.input_audio + figures.output_audio, words.short)
ALL = (PICTURES, HEARD, SPOKEN, CHARACTERS, FILES, PAGES, AUDIO_TOKENS)

OF_KIND: dict[AttemptKind, tuple[Unit, ...]] = {
    AttemptKind.FILES: (FILES, PAGES),
    AttemptKind.PICTURES: (PICTURES,),
    AttemptKind.TRANSCRIPTS: (HEARD,),
    AttemptKind.SPEECH: (SPOKEN, CHARACTERS),
    AttemptKind.TALK: (HEARD, SPOKEN, AUDIO_TOKENS),
}
ANSWERING = (None, AttemptKind.TEXT, AttemptKind.FILES)
"""Kinds whose attempts are at answers, by which success and speed are told; the others are told by their attempts."""


def of_kind(kind: str) -> tuple[Unit, ...]:
    """Those of an `AttemptKind`; none of all kinds together."""
    return OF_KIND.get(AttemptKind(kind), ()) if kind else ()


def is_answering(kind: str) -> bool:
    return (AttemptKind(kind) if kind else None) in ANSWERING
