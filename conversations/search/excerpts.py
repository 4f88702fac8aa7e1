"""The part of a text that shows why it was found."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from .folding import Place, fold, is_unspaced, places
from .query import Query

CHARACTERS = 180
LEAD_CHARACTERS = 50
"""At most so much stands before what was found."""
_BLOCK_CHARACTERS = 500
_MARKS = re.compile(r"\*\*|`+|^#{1,6} ", re.MULTILINE)
"""Of Markdown, what would only be in the way."""


class Excerpt(NamedTuple):
    text: str
    hits: list[tuple[int, int]]
    """Where each word that was searched for begins and ends, in code points of `text`."""


def excerpt(text: str, query: Query) -> Excerpt:
    """About `CHARACTERS` of the text, around the place where most of the query's words stand together."""
    text = unicodedata.normalize("NFC", " ".join(_MARKS.sub("", text).split()))
    block_begins = _first_block(text, query)
    block = text[block_begins : block_begins + _BLOCK_CHARACTERS + CHARACTERS]
    hits = [place for place in places(block) if query.matches(place.word)]
    at = block_begins + _densest(hits)
    begin = _at_a_space(text, max(0, at - LEAD_CHARACTERS), at)
    end = min(len(text), begin + CHARACTERS)
    if end < len(text) and (space := text.rfind(" ", begin + CHARACTERS // 2, end)) > 0:
        end = space
    return _shown(text, begin, end, query)


def marked(text: str, query: Query) -> Excerpt:
    """All of a short text."""
    text = unicodedata.normalize("NFC", text)
    return _shown(text, 0, len(text), query)


def _shown(text: str, begin: int, end: int, query: Query) -> Excerpt:
    shown = f"{'…' if begin else ''}{text[begin:end]}{'…' if end < len(text) else ''}"
    hits: list[tuple[int, int]] = []
    for place in places(shown):
        if not query.matches(place.word):
            continue
        last = place.end if place.word in query.words or not is_unspaced(place.word) else place.begin + 1
        if hits and place.begin <= hits[-1][1]:
            hits[-1] = hits[-1][0], max(hits[-1][1], last)
        else:
            hits.append((place.begin, last))
    return Excerpt(shown, hits)


def _first_block(text: str, query: Query) -> int:
    """Where a stretch of the text begins that has a sequence of the query, or else one of its words."""
    begins = range(0, max(1, len(text)), _BLOCK_CHARACTERS)
    first = None
    for begin in begins:
        words = fold(text[begin : begin + _BLOCK_CHARACTERS + CHARACTERS])
        if f" {' '.join(words)} ".find(query.typed) >= 0:
            return begin
        if first is None and any(query.matches(word) for word in words):
            first = begin
    return first or 0


def _densest(hits: list[Place]) -> int:
    """Where most different words follow within an excerpt; 0 where nothing was hit."""
    best, at = 0, 0
    for index, hit in enumerate(hits):
        reach = hit.begin + CHARACTERS - LEAD_CHARACTERS
        together = len({other.word for other in hits[index : index + 40] if other.end <= reach})
        if together > best:
            best, at = together, hit.begin
    return at


def _at_a_space(text: str, begin: int, before: int) -> int:
    """The begin of the first whole word from `begin` on, where there is one before `before`."""
    if begin == 0:
        return 0
    space = text.find(" ", begin, before)
    return space + 1 if space >= 0 else begin
