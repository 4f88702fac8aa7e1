"""Bringing together what two administrators made of the same wording, as three-way merges do.

Lines that only one side changed take that side's text. Where both changed the same lines, their words are merged in the same way, for the
paragraphs of prompts are long lines. Where both changed the same words, ours are kept and both are told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from conversations.models.parameters import PARAMETERS

from .wording import Wording
from .wording_fields import FIELDS, WordingField

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
    merged: Wording = {}
    clashes: list[Clash] = []
    for name, field in FIELDS.items():
        merged[name], found = _field(field, base[name], ours[name], theirs[name])
        clashes += found
    return Merged(merged, clashes)


def _field(field: WordingField, base: Any, ours: Any, theirs: Any) -> tuple[Any, list[Clash]]:
    if field.kind == "text":
        text, places = merge_texts(base, ours, theirs)
        return text, [Clash(field.label, *place) for place in places]
    if field.kind == "settings":
        return _named(base, ours, theirs, {name: parameter.label for name, parameter in PARAMETERS.items()})
    if field.kind == "named":
        by_name = [{one["name"]: one for one in side} for side in (base, ours, theirs)]
        names = [*by_name[1], *(name for name in by_name[2] if name not in by_name[1])]
        found, clashes = _named(by_name[0], by_name[1], by_name[2], {name: f"{field.label}: {name}" for name in names})
        return list(found.values()), clashes
    if field.kind == "lines":
        entries, clashes = _entries(field, base, ours, theirs)
        return list(dict.fromkeys(entries)), clashes
    if field.kind == "exchanges":
        entries, clashes = _entries(field, *(_exchanges(side) for side in (base, ours, theirs)))
        return [message for one in entries for message in json.loads(one)], clashes
    return _one(field.label, base, ours, theirs)


def _entries(field: WordingField, base: list[str], ours: list[str], theirs: list[str]) -> tuple[list[str], list[Clash]]:
    merged, lists = _merged(base, ours, theirs)
    return merged, [Clash(field.label, "\n".join(mine), "\n".join(other)) for mine, other in lists]


def _exchanges(messages: list[dict[str, str]]) -> list[str]:
    """The messages in pairs, which stay together, each as JSON."""
    return [json.dumps(messages[at : at + 2], ensure_ascii=False) for at in range(0, len(messages), 2)]


def _named(base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any], labels: Mapping[str, str]) -> Any:
    """By name, in the order of `labels`, what is set in the end; and the clashes."""
    merged, clashes = {}, []
    for name, label in labels.items():
        value, found = _one(label, *(side.get(name) for side in (base, ours, theirs)))
        clashes += found
        if value is not None:
            merged[name] = value
    return merged, clashes


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
    said = ["not set" if value in ("", None) else _shown(value) for value in (ours, theirs)]
    return ours, [Clash(where, *said)]


def _shown(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) if isinstance(value, dict) else str(value)


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
