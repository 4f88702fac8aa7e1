"""What figures of two arms say: which guards are crossed, and which arm is better at the experiment's goal. Pure.

A guard ends an experiment by mistake with a probability of at most LEVEL, all guards and all looks together; so does a verdict err.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from conversations.evaluation.intervals import Interval
from conversations.models import Arm, Experiment, Metric

from . import sequences
from .arms import ArmFigures

SHARES = (Metric.THUMBS_UP, Metric.THUMBS_DOWN, Metric.ERRORS)
GUARDED = (Metric.ERRORS, Metric.THUMBS_DOWN, Metric.COST, Metric.FIRST_TOKEN, Metric.TOTAL_TIME)
Figures = Mapping[Arm, ArmFigures]


class Verdict(StrEnum):
    WINNER = "winner"
    WORSE = "worse"
    UNDECIDED = "undecided"
    NOT_ENOUGH = "not enough data"


class Crossed(NamedTuple):
    """A guard that is."""

    metric: Metric
    allowed: float
    candidate: float
    live: float


class Judged(NamedTuple):
    verdict: Verdict
    interval: Interval
    """Of the candidate's value less the live one's."""


def fewest(found: Figures, metric: Metric) -> int:
    """Conversations that say something of it, in the arm that has fewer."""
    return min(arm.ratios[metric].number for arm in found.values())


def crossed(experiment: Experiment, found: Figures) -> Crossed | None:
    """The first guard that the candidate surely crosses, if any."""
    guards = {Metric(name): allowed for name, allowed in experiment.guards.items()}
    for metric, allowed in guards.items():
        new, old = (found[arm].ratios[metric] for arm in (Arm.CANDIDATE, Arm.LIVE))
        if fewest(found, metric) < experiment.fewest or new.value is None or old.value is None:
            continue
        more, times = (allowed / 100, 1.0) if metric in SHARES else (0.0, 1 + allowed / 100)
        if sequences.of_difference(new, old, level=sequences.LEVEL / len(guards), times=times).low > more:
            return Crossed(metric, allowed, new.value, old.value)
    return None


def judged(experiment: Experiment, found: Figures, metric: Metric) -> Judged:
    """How the candidate does at this metric."""
    interval = sequences.of_difference(found[Arm.CANDIDATE].ratios[metric], found[Arm.LIVE].ratios[metric])
    if fewest(found, metric) < experiment.fewest:
        return Judged(Verdict.NOT_ENOUGH, interval)
    if interval.low <= 0 <= interval.high:
        return Judged(Verdict.UNDECIDED, interval)
    is_better = interval.low > 0 if metric == Metric.THUMBS_UP else interval.high < 0
    return Judged(Verdict.WINNER if is_better else Verdict.WORSE, interval)
