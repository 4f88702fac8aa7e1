"""Whether two arms differ, said so that it may be looked at again and again while data comes in. Pure.

An interval of 95 % that is looked at every few minutes is sooner or later off without any difference. These are confidence sequences
instead: with the probability that is asked for, all of them hold, whenever one looks. The boundary is the two-sided normal mixture of
Steven R. Howard, Aaditya Ramdas, Jon McAuliffe and Jasjeet Sekhon, “Time-uniform, nonparametric, nonasymptotic confidence sequences”,
The Annals of Statistics 49 (2021), 1055–1080. With estimated variances it holds for large numbers: Ian Waudby-Smith, David Arbour, Ritwik
Sinha, Edward H. Kennedy and Aaditya Ramdas, “Time-uniform central limit theory and asymptotic confidence sequences”, The Annals of
Statistics 52 (2024), 2613–2640.
"""

from __future__ import annotations

import math

from conversations.evaluation.intervals import Interval

from .ratios import Ratio

LEVEL = 0.05
NARROWEST_AT = 400
"""Conversations of both arms at which the intervals are as narrow as such ones can be; before and after they are a little wider."""


def best_rho(variance: float, level: float) -> float:
    """Which parameter of the mixture makes the boundary lowest at this variance of a sum."""
    return variance / (2 * math.log(1 / level) + math.log(1 + 2 * math.log(1 / level)))


def boundary(variance: float, rho: float, level: float) -> float:
    """That a sum of this variance, and of mean 0, never leaves, to either side, but with a probability of `level`."""
    return math.sqrt((variance + rho) * (math.log((variance + rho) / rho) + 2 * math.log(1 / level)))


def of_difference(new: Ratio, old: Ratio, *, level: float = LEVEL, times: float = 1.0) -> Interval:
    """Of the new value less `times` the old one."""
    if new.value is None or old.value is None or min(new.number, old.number) < 2:
        return Interval(-math.inf, math.inf)
    number = new.number + old.number
    standard_errors = boundary(number, best_rho(NARROWEST_AT, level), level) / math.sqrt(number)
    apart = new.value - times * old.value
    spread = standard_errors * math.sqrt(new.variance + times * times * old.variance)
    return Interval(apart - spread, apart + spread)
