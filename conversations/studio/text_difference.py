"""What changed between two texts: lines, and the words within them. Pure; the template escapes."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

CONTEXT = 3
MAX_WORDS = 4000  # comparing word by word takes time that grows with the square
ALIKE = 0.3  # below this share of common characters, marks inside a line only confuse
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


class Piece(NamedTuple):
    text: str
    changed: bool


class Line(NamedTuple):
    kind: Literal["same", "removed", "added", "skipped"]
    pieces: list[Piece]


def compare(old: str, new: str) -> list[Line]:
    """Removed and added lines with a few unchanged ones around them; empty where the texts are the same."""
    if old == new:
        return []
    before, after = old.split("\n") if old else [], new.split("\n") if new else []
    lines: list[Line] = []
    for position, group in enumerate(SequenceMatcher(None, before, after).get_grouped_opcodes(CONTEXT)):
        if position or group[0][1]:
            lines.append(Line("skipped", []))
        for tag, start, end, new_start, new_end in group:
            if tag == "equal":
                lines += [_whole("same", line) for line in before[start:end]]
            else:
                lines += _replaced(before[start:end], after[new_start:new_end])
    if group[-1][2] < len(before):
        lines.append(Line("skipped", []))
    return lines


def _whole(kind: Literal["same", "removed", "added"], line: str) -> Line:
    return Line(kind, [Piece(line, False)])


def _replaced(before: list[str], after: list[str]) -> list[Line]:
    """Old lines, then new ones; those that stand against each other get their words marked."""
    removed = [_whole("removed", line) for line in before]
    added = [_whole("added", line) for line in after]
    for position, (old, new) in enumerate(zip(before, after, strict=False)):
        marked = _words(old, new)
        if marked:
            removed[position], added[position] = Line("removed", marked[0]), Line("added", marked[1])
    return [*removed, *added]


def _words(old: str, new: str) -> tuple[list[Piece], list[Piece]] | None:
    before, after = _WORDS.findall(old), _WORDS.findall(new)
    if max(len(before), len(after)) > MAX_WORDS:
        return None
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    common = sum(len("".join(before[block.a : block.a + block.size]).strip()) for block in matcher.get_matching_blocks())
    if common < ALIKE * max(len(old), len(new)):
        return None
    removed: list[Piece] = []
    added: list[Piece] = []
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if end > start:
            removed.append(Piece("".join(before[start:end]), tag != "equal"))
        if new_end > new_start:
            added.append(Piece("".join(after[new_start:new_end]), tag != "equal"))
    return removed, added
