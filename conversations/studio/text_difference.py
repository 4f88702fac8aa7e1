"""What changed between two texts: lines, and the words within them. Pure; the template escapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import Match, SequenceMatcher
from typing import Literal, NamedTuple

CONTEXT = 3
MAX_WORDS = 4000
MAX_STEPS = 1_000_000  # of one comparison: about a tenth of a second
ALIKE = 0.3  # below this share of common characters, marks inside a line only confuse
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


class _Matcher(SequenceMatcher[str]):
    """Finds no more once it has taken MAX_STEPS: where what is common is short, frequent and apart, they grow with the cube.

    What it has found by then is right, and the rest counts as changed.
    """

    def __init__(self, is_junk: Callable[[str], bool] | None, before: list[str], after: list[str], *, autojunk: bool = True) -> None:
        super().__init__(is_junk, before, after, autojunk)
        where: dict[str, list[int]] = self.b2j  # type: ignore[attr-defined]  # its stubs leave that out
        self._length, self._steps_left = len(before), float(MAX_STEPS)
        self._steps_each = sum(len(where.get(one, [])) for one in before) / max(1, len(before))

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        self._steps_left -= ((self._length if ahi is None else ahi) - alo) * (1 + self._steps_each)
        return super().find_longest_match(alo, ahi, blo, bhi) if self._steps_left > 0 else Match(alo, blo, 0)


class Piece(NamedTuple):
    text: str
    changed: bool


class Line(NamedTuple):
    kind: Literal["same", "removed", "added", "skipped"]
    pieces: list[Piece]


class Hunk(NamedTuple):
    """One change between two texts, which can be taken without the others."""

    line: int
    """From 1: where it is in the old text."""
    old: tuple[str, ...]
    """The lines that it replaces; none where it only adds."""
    new: tuple[str, ...]

    @property
    def lines(self) -> list[Line]:
        return _replaced(list(self.old), list(self.new))


def hunks(old: str, new: str) -> list[Hunk]:
    """Line by line where lines that are alike stand against each other, and else the whole place."""
    before, after = old.split("\n"), new.split("\n")
    found: list[Hunk] = []
    for tag, start, end, new_start, new_end in _Matcher(None, before, after).get_opcodes():
        if tag == "equal":
            continue
        olds, news = before[start:end], after[new_start:new_end]
        alike = 0
        while alike < min(len(olds), len(news)) and _words(olds[alike], news[alike]) is not None:
            if olds[alike] != news[alike]:
                found.append(Hunk(start + alike + 1, (olds[alike],), (news[alike],)))
            alike += 1
        if olds[alike:] or news[alike:]:
            found.append(Hunk(start + alike + 1, tuple(olds[alike:]), tuple(news[alike:])))
    return found


def with_hunks(old: str, taken: Iterable[Hunk]) -> str:
    """The old text with these of its hunks."""
    lines = old.split("\n")
    for hunk in sorted(taken, key=lambda one: -one.line):
        lines[hunk.line - 1 : hunk.line - 1 + len(hunk.old)] = hunk.new
    return "\n".join(lines)


def compare(old: str, new: str) -> list[Line]:
    """Removed and added lines with a few unchanged ones around them; empty where the texts are the same."""
    if old == new:
        return []
    before, after = old.split("\n") if old else [], new.split("\n") if new else []
    lines: list[Line] = []
    for position, group in enumerate(_Matcher(None, before, after).get_grouped_opcodes(CONTEXT)):
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
    matcher = _Matcher(str.isspace, before, after, autojunk=False)
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


def lines_after(old: str, new: str) -> list[int | None]:
    """For each line of the old text where it is in the new one, from 0: itself, or what it was changed to. None where it is gone."""
    before, after = old.split("\n"), new.split("\n")
    found: list[int | None] = [None] * len(before)
    for tag, start, end, new_start, new_end in _Matcher(None, before, after).get_opcodes():
        for position, other in zip(range(start, end), range(new_start, new_end), strict=False):
            if tag == "equal" or _words(before[position], after[other]):
                found[position] = other
    return found
