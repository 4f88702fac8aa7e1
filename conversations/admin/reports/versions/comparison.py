"""Two versions of a prompt beside each other, and whether what they differ in may be chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from conversations.admin.reports import words
from conversations.admin.reports.tables.signs import SIGNS
from conversations.evaluation.intervals import Ranked, Share, of_difference, of_ratio
from conversations.usage.reports.feedback import Thumbs
from conversations.usage.reports.figures import GROWTH, Figures, Steps, quantile
from conversations.usage.reports.signs import Signs

TOO_LITTLE = "not enough data"
TIME, COST = ("shorter", "longer"), ("cheaper", "dearer")


class Compared(NamedTuple):
    label: str
    old: str
    new: str
    difference: str
    tone: str = ""
    """“good” or “bad” where the new version surely is; else empty."""


class Sides(NamedTuple):
    """What is known of one version in the time."""

    thumbs: Thumbs
    signs: Signs
    figures: Figures


def comparison(old: Sides, new: Sides, with_figures: bool) -> list[Compared]:
    rows = [_shares("Thumbs up", _up(old.thumbs), _up(new.thumbs), good=1)]
    for name, label in SIGNS.items():
        rows.append(_shares(label, _share(old.signs, name), _share(new.signs, name)))
    if not with_figures:
        return rows
    a, b = old.figures, new.figures
    return [
        *rows,
        _shares("Failed", Share(a.failed, a.counted), Share(b.failed, b.counted), good=-1),
        _medians("First token, median", a.first_token, b.first_token, words.time, TIME),
        _medians("To the end, median", a.duration, b.duration, words.time, TIME),
        _medians("Cost of an answer, median", a.answer_cost, b.answer_cost, lambda nano: words.dollars(round(nano)), COST),
    ]


def _up(thumbs: Thumbs) -> Share:
    return Share(thumbs.up, thumbs.number)


def _share(signs: Signs, name: str) -> Share:
    return Share(getattr(signs, name), signs.answers)


def _shares(label: str, old: Share, new: Share, good: int = 0) -> Compared:
    """`good`: 1 where more is better, -1 where less is, 0 where it is neither."""
    before, after = (f"{words.percent(one.value)} of {one.number:,}" if one.number else words.NOTHING for one in (old, new))
    low, high = of_difference(new, old)
    if low <= 0 <= high:
        return Compared(label, before, after, TOO_LITTLE)
    more = low > 0
    least, most = (low, high) if more else (-high, -low)
    said = f"{'more' if more else 'less'} often, by {_number(100 * least)} to {_number(100 * most)} points"
    return Compared(label, before, after, said, _tone(more, good))


def _medians(label: str, old: Steps, new: Steps, text: Callable[[float], str], names: tuple[str, str]) -> Compared:
    """Less is better; `names` says what less and more is called.

    A histogram's step is added to the interval on either side: within it nothing is known.
    """
    before, after = (text(one.median) if one.number else words.NOTHING for one in (_ranked(old), _ranked(new)))
    found = of_ratio(_ranked(new), _ranked(old))
    if found is None or found.low / GROWTH <= 1 <= found.high * GROWTH:
        return Compared(label, before, after, TOO_LITTLE)
    low, high = found.low / GROWTH, found.high * GROWTH
    more = low > 1
    least, most = (low - 1, high - 1) if more else (1 - high, 1 - low)
    said = f"{names[more]}, by {_number(100 * least)} to {_number(100 * most)}{words.THIN}%"
    return Compared(label, before, after, said, _tone(more, -1))


def _ranked(steps: Steps) -> Ranked:
    number = steps.total()
    return Ranked(number, lambda rank: quantile(steps, (rank - 0.5) / number) or 1.0)


def _number(value: float) -> str:
    """Never nought, which would be no difference."""
    return f"{value:.0f}" if value >= 1 else f"{value:.1f}" if value >= 0.05 else "less than 0.1"


def _tone(more: bool, good: int) -> str:
    return "" if not good else "good" if more == (good > 0) else "bad"
