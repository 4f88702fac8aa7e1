"""Text as it is gathered from a file, up to what is taken of one."""

from __future__ import annotations

import re
import time

from .bounds import MAX_CHARACTERS, PAGES_CPU_SECONDS

_HIDDEN = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff\ufffe\uffff\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n?|\x0c|\x85|\u2028|\u2029")
_MANY_EMPTY_LINES = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")


class Full(Exception):
    """No more is taken."""


class CollectedText:
    """`most` characters at most; `add` raises Full where there is no room for all that it is given."""

    def __init__(self, most: int = MAX_CHARACTERS) -> None:
        self.most = self._room = most
        self._pieces: list[str] = []
        self._until = time.process_time() + PAGES_CPU_SECONDS
        self.has_words = False

    def add(self, text: str) -> None:
        cleaned = clean(text)
        self.has_words = self.has_words or bool(cleaned.strip())
        self._put(cleaned)

    def mark(self, place: str) -> None:
        """Where a page or a sheet begins. Raises Full also where time is up."""
        if time.process_time() > self._until:
            raise Full
        self._put(f"\n\n[{place}]\n" if self._pieces else f"[{place}]\n")

    def _put(self, text: str) -> None:
        taken = text[: self._room]
        self._room -= len(taken)
        self._pieces.append(taken)
        if len(taken) < len(text):
            raise Full

    def __str__(self) -> str:
        return _MANY_EMPTY_LINES.sub("\n\n", "".join(self._pieces)).strip("\n")

    @property
    def is_full(self) -> bool:
        return self._room == 0


def clean(text: str) -> str:
    """Without control characters, lines ended by newlines."""
    return _HIDDEN.sub("", _LINE_ENDS.sub("\n", text))


def cut(text: CollectedText) -> str:
    """The note on text that is longer than what is taken."""
    return f"Only the first {text.most:,} characters of it were read." if text.is_full else ""
