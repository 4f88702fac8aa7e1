r"""What a prompt's text may hold beside words: `{{ name }}`, `{{> fragment }}`, `{{> fragment@3 }}`, and `\{{` for braces as they are.

Pure, and linear in the text: it looks for the braces, and from each no further than a name is long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

OPENING = "{{"
_INSERTION = re.compile(
    r"\{\{[ \t]{0,9}(?:([a-zA-Z_][a-zA-Z0-9_.]{0,79})|>[ \t]{0,9}([a-z0-9][a-z0-9_-]{0,49})(?:@([0-9]{1,6}))?)[ \t]{0,9}\}\}"
)


class Words(NamedTuple):
    text: str


class Name(NamedTuple):
    """To be replaced by a value."""

    name: str
    at: int
    """Characters before it in the text."""


class Include(NamedTuple):
    """To be replaced by a fragment: its current version where there is no number."""

    fragment: str
    number: int | None
    at: int


class Broken(NamedTuple):
    """Braces that open nothing."""

    at: int


Piece = Words | Name | Include | Broken


def may_hold_names(text: str) -> bool:
    return OPENING in text


def pieces(text: str) -> Iterator[Piece]:
    at = 0
    while (start := text.find(OPENING, at)) >= 0:
        if start > at and text[start - 1] == "\\":
            yield Words(text[at : start - 1] + OPENING)
            at = start + len(OPENING)
            continue
        if start > at:
            yield Words(text[at:start])
        match = _INSERTION.match(text, start)
        if match is None:
            yield Broken(start)
            at = start + len(OPENING)
            continue
        name, fragment, number = match.groups()
        yield Name(name, start) if name else Include(fragment, int(number) if number else None, start)
        at = match.end()
    if at < len(text):
        yield Words(text[at:])


def place(text: str, at: int) -> tuple[int, int]:
    """The line and the column of a character, both from 1."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
