"""Bringing together what two administrators made of the same wording, as three-way merges do.

Lines that only one side changed take that side's text. Where both changed the same lines, their words are merged in the same way, for the
paragraphs of prompts are long lines. Where both changed the same words, ours are kept and both are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from conversations.models.parameters import PARAMETERS

from .wording import Wording

MAX_WORDS = 4000  # comparing word by word takes time that grows with the square
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


class Clash(NamedTuple):
    """A place that both changed, each in their own way."""

    where: str
    ours: str
    theirs: str


class Merged(NamedTuple):
    wording: Wording
    clashes: list[Clash]


def merge(base: Wording, ours: Wording, theirs: Wording) -> Merged:
    """`base` with the changes of both; where they clash, with ours."""
    text, places = merge_texts(base["text"], ours["text"], theirs["text"])
    clashes = [Clash("Text", *place) for place in places]
    model, clash = _one("Model", base["model"], ours["model"], theirs["model"])
    clashes += clash
    parameters = {}
    for name, parameter in PARAMETERS.items():
        value, clash = _one(parameter.label, *(side["parameters"].get(name) for side in (base, ours, theirs)))
        clashes += clash
        if value is not None:
            parameters[name] = value
    starters, lists = _merged(base["starters"], ours["starters"], theirs["starters"])
    clashes += [Clash("Starters", "\n".join(mine), "\n".join(other)) for mine, other in lists]
    return Merged({"text": text, "model": model, "parameters": parameters, "starters": list(dict.fromkeys(starters))}, clashes)


def merge_texts(base: str, ours: str, theirs: str) -> tuple[str, list[tuple[str, str]]]:
    """The text with both changes, and ours and theirs of each place that both changed."""
    sides = [side.split("\n") for side in (base, ours, theirs)]
    merged: list[str] = []
    clashes: list[tuple[str, str]] = []
    for chunk in _chunks(*sides):
        settled = _settled(*chunk)
        if settled is None:
            base, ours, theirs = ("\n".join(side) for side in chunk)
            line = _by_words(base, ours, theirs) if all(chunk) else None
            if line is None:
                clashes.append((ours, theirs))
            settled = chunk[1] if line is None else [line]
        merged += settled
    return "\n".join(merged), clashes


def _one(where: str, base: Any, ours: Any, theirs: Any) -> tuple[Any, list[Clash]]:
    if ours == theirs or theirs == base:
        return ours, []
    if ours == base:
        return theirs, []
    said = ["not set" if value in ("", None) else str(value) for value in (ours, theirs)]
    return ours, [Clash(where, *said)]


def _by_words(base: str, ours: str, theirs: str) -> str | None:
    """None where both changed the same words: half a merge of a sentence reads worse than either."""
    sides = [_WORDS.findall(side) for side in (base, ours, theirs)]
    if max(len(side) for side in sides) > MAX_WORDS:
        return None
    words, clashes = _merged(*sides)
    return None if clashes else "".join(words)


def _merged(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> tuple[list[str], list[tuple[list[str], list[str]]]]:
    merged: list[str] = []
    clashes = []
    for chunk in _chunks(base, ours, theirs):
        settled = _settled(*chunk)
        if settled is None:
            clashes.append((list(chunk[1]), list(chunk[2])))
        merged += chunk[1] if settled is None else settled
    return merged, clashes


Chunk = tuple[Sequence[str], Sequence[str], Sequence[str]]


def _settled(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> Sequence[str] | None:
    if ours == theirs or theirs == base:
        return ours
    return theirs if ours == base else None


def _chunks(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> Iterator[Chunk]:
    """The three cut where all of them agree: in turns what is the same in all, and what isn't."""
    at = (0, 0, 0)
    for start, mine, other, size in _in_all(base, ours, theirs):
        yield base[at[0] : start], ours[at[1] : mine], theirs[at[2] : other]
        yield base[start : start + size], ours[mine : mine + size], theirs[other : other + size]
        at = start + size, mine + size, other + size


def _in_all(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    """Where a run of base stands in each, and its length; ends with an empty run at the ends."""
    mine, other = (SequenceMatcher(None, base, side).get_matching_blocks() for side in (ours, theirs))
    i = j = 0
    while i < len(mine) and j < len(other):
        a, b = mine[i], other[j]
        start, end = max(a.a, b.a), min(a.a + a.size, b.a + b.size)
        if start < end:
            yield start, a.b + start - a.a, b.b + start - b.a, end - start
        if a.a + a.size <= b.a + b.size:
            i += 1
        else:
            j += 1
    yield len(base), len(ours), len(theirs), 0
