"""How sure a share is, and whether two shares, or two medians, really differ. Pure.

Both methods for shares, and the values that they are tested with, are from two papers by Robert G. Newcombe in Statistics in Medicine 17
(1998): “Two-sided confidence intervals for the single proportion: comparison of seven methods”, 857–872 (method 3, Wilson's score
interval), and “Interval estimation for the difference between independent proportions: comparison of eleven methods”, 873–890 (method 10).

That for medians is by Douglas G. Bonett and Robert M. Price, “Confidence intervals for ratios of means and medians”, Journal of
Educational and Behavioral Statistics 45 (2020), 750–770.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import NamedTuple

Z = 1.959964
"""Standard errors on either side: what is said holds in 95 of 100 cases."""


class Share(NamedTuple):
    passed: int
    number: int

    @property
    def value(self) -> float | None:
        return self.passed / self.number if self.number else None


class Interval(NamedTuple):
    low: float
    high: float


def of_share(share: Share) -> Interval:
    """Wilson's score interval, without continuity correction; all of 0 to 1 where there is no result."""
    passed, number = share
    if not number:
        return Interval(0.0, 1.0)
    centre = 2 * passed + Z * Z
    spread = Z * math.sqrt(Z * Z + 4 * passed * (1 - passed / number))
    whole = 2 * (number + Z * Z)
    return Interval(max(0.0, (centre - spread) / whole), min(1.0, (centre + spread) / whole))


def of_difference(new: Share, old: Share) -> Interval:
    """Of the new share less the old one: the score intervals of both, combined as if by squares."""
    if not new.number or not old.number:
        return Interval(-1.0, 1.0)
    (low, high), (old_low, old_high) = of_share(new), of_share(old)
    apart = new.passed / new.number - old.passed / old.number
    below = math.hypot(new.passed / new.number - low, old_high - old.passed / old.number)
    above = math.hypot(high - new.passed / new.number, old.passed / old.number - old_low)
    return Interval(max(-1.0, apart - below), min(1.0, apart + above))


def in_words(new: Share, old: Share) -> str:
    """Which is better, or that there isn't enough data to tell: the interval of the difference has both in it."""
    if not new.number or not old.number:
        return "nothing to compare"
    low, high = of_difference(new, old)
    if low > 0:
        return f"better, by {100 * low:.0f} to {100 * high:.0f} points"
    if high < 0:
        return f"worse, by {-100 * high:.0f} to {-100 * low:.0f} points"
    return "not enough data to tell them apart"


class Ranked(NamedTuple):
    """Values above 0 in their order: `at` gives the one at a rank, from 1 to `number`."""

    number: int
    at: Callable[[int], float]

    @property
    def median(self) -> float:
        return (self.at((self.number + 1) // 2) + self.at(self.number // 2 + 1)) / 2


FEWEST = 5
"""Values below which the interval of a median would be narrower than it says."""
EXACT_UP_TO = 200


def of_ratio(new: Ranked, old: Ranked) -> Interval | None:
    """Of the new median to the old one, whatever the values' distribution; None where either has too few."""
    if min(new.number, old.number) < FEWEST:
        return None
    apart = math.log(new.median / old.median)
    spread = Z * math.hypot(_error(new), _error(old))
    return Interval(math.exp(apart - spread), math.exp(apart + spread))


def _error(ranked: Ranked) -> float:
    """The standard error of the median's logarithm, told by two values at equal distance from the middle."""
    number = ranked.number
    rank = max(1, round((number + 1) / 2 - math.sqrt(number)))
    if number <= EXACT_UP_TO:
        beyond = sum(math.comb(number, below) for below in range(rank)) / 2**number
        errors = NormalDist().inv_cdf(1 - beyond)
    else:  # by the normal distribution, with continuity correction
        errors = (number - 2 * rank + 1) / math.sqrt(number)
    return math.log(ranked.at(number - rank + 1) / ranked.at(rank)) / (2 * errors)
