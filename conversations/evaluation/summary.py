"""What came of a run: shares by candidate, and cases with the worst first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from . import intervals
from .intervals import Share


class Cell(NamedTuple):
    """All repeats of one candidate at one case: Results, or Outcomes that were never stored."""

    results: list[Any]

    @property
    def share(self) -> Share:
        """Of those that could be judged."""
        told = [result.is_good for result in self.results if result.is_good is not None]
        return Share(sum(told), len(told))

    @property
    def is_flaky(self) -> bool:
        """The repeats disagree."""
        return 0 < self.share.passed < self.share.number

    @property
    def has_failed(self) -> bool:
        """In more than half of its repeats."""
        return self.share.number > 2 * self.share.passed

    @property
    def has_any_failure(self) -> bool:
        return self.share.passed < self.share.number

    @property
    def has_passed(self) -> bool:
        return self.share.passed * 2 > self.share.number


class Row(NamedTuple):
    """One case, with a cell for each candidate."""

    case: Any
    cells: list[Cell]

    @property
    def fall(self) -> float:
        """By how much the worst candidate is below the first, from -1 to 1."""
        first, *others = [cell.share.value for cell in self.cells]
        known = [value for value in others if value is not None]
        return first - min(known) if first is not None and known else 0.0

    @property
    def is_regression(self) -> bool:
        """The first candidate passes it, and another one fails it, each in more than half of its repeats."""
        return self.cells[0].has_passed and any(cell.has_failed for cell in self.cells[1:])

    @property
    def is_flaky(self) -> bool:
        return any(cell.is_flaky for cell in self.cells)

    @property
    def _worst(self) -> float:
        return min((cell.share.value for cell in self.cells if cell.share.value is not None), default=1.1)


def rows(cases: Iterable[Any], results: Iterable[Any], candidates: int, key: Any) -> list[Row]:
    """Worse first: what fell most below the first candidate, then what passes least. `key` names the case of a result."""
    by_case: dict[Any, list[Any]] = {}
    for result in results:
        by_case.setdefault(key(result), []).append(result)
    found = [
        Row(case, [Cell([one for one in by_case.get(pk, []) if one.candidate == number]) for number in range(candidates)])
        for pk, case in cases
    ]
    return sorted(found, key=lambda row: (-row.fall, row._worst))


class Total(NamedTuple):
    """Of one candidate, over all cases."""

    share: Share
    interval: intervals.Interval
    compared: str
    """With the first, in words; empty for the first itself."""
    open: int
    """Answers that no check and no user judged."""
    flaky: int
    """Cases whose repeats disagree."""


def totals(found: Sequence[Row], candidates: int) -> list[Total]:
    made: list[Total] = []
    for number in range(candidates):
        cells = [row.cells[number] for row in found]
        share = Share(sum(cell.share.passed for cell in cells), sum(cell.share.number for cell in cells))
        compared = intervals.in_words(share, made[0].share) if made else ""
        unjudged = sum(len(cell.results) - cell.share.number for cell in cells)
        made.append(Total(share, intervals.of_share(share), compared, unjudged, sum(cell.is_flaky for cell in cells)))
    return made
