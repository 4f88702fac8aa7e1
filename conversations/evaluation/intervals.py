"""How sure a share of passed results is, and whether two shares really differ. Pure.

Both methods, and the values that they are tested with, are from two papers by Robert G. Newcombe in Statistics in Medicine 17 (1998):
“Two-sided confidence intervals for the single proportion: comparison of seven methods”, 857–872 (method 3, Wilson's score interval),
and “Interval estimation for the difference between independent proportions: comparison of eleven methods”, 873–890 (method 10).
"""

from __future__ import annotations

import math
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
