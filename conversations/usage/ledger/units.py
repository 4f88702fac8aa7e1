"""What attempts take that isn't counted in tokens: pictures, time of sound, characters of speech, files."""

from __future__ import annotations

from typing import NamedTuple


class Units(NamedTuple):
    """Of one attempt, by the names of the ledger's columns. None: it has no such unit, or it is unknown."""

    pictures: int | None = None
    """That were made."""
    picture_form: str = ""
    """Their size and quality: see `picture_form`."""
    heard_ms: int | None = None
    """Milliseconds of sound that was listened to, and of sound that was made."""
    spoken_ms: int | None = None
    spoken_characters: int | None = None
    """Of the text that was read aloud."""
    files: int | None = None
    """That were given as they are, or as their text."""
    pages: int | None = None

    @property
    def sound_ms(self) -> int:
        return (self.heard_ms or 0) + (self.spoken_ms or 0)


NO_UNITS = Units()


def picture_form(size: str, quality: str) -> str:
    """Such as “1024x1024 high”; what is left to the model is missing."""
    return " ".join(one for one in (size, quality) if one and one != "auto")[:40]


def milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
