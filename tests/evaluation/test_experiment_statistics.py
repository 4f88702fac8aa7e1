"""Variances of ratios are Cochran's, boundaries those of the authors' own implementation, and looking often finds no more by chance."""

from __future__ import annotations

import math
import random
from types import SimpleNamespace
from typing import Any

import pytest

from conversations.evaluation.experiments import judging, sequences
from conversations.evaluation.experiments.arms import ArmFigures
from conversations.evaluation.experiments.judging import Verdict
from conversations.evaluation.experiments.ratios import Ratio
from conversations.models import Arm, Metric

# fmt: off
IN_1920 = [
    138, 93, 61, 179, 48, 37, 29, 23, 30, 2, 38, 46, 71, 25, 298, 74, 50, 76, 381, 387, 78, 60, 507, 50, 77,
    64, 40, 136, 243, 256, 94, 36, 45, 67, 120, 172, 66, 46, 121, 44, 64, 56, 40, 116, 87, 43, 43, 161, 36,
]
IN_1930 = [
    143, 104, 69, 260, 75, 63, 50, 48, 111, 50, 52, 53, 79, 57, 317, 93, 58, 80, 464, 459, 106, 57, 634, 64, 89,
    77, 60, 139, 291, 288, 85, 46, 53, 67, 115, 183, 86, 65, 113, 58, 63, 142, 64, 130, 105, 61, 50, 232, 54,
]
# fmt: on


def ratio(pairs: Any) -> Ratio:
    found = Ratio()
    for x, y in pairs:
        found.add(x, y)
    return found


def test_ratios_of_sums() -> None:
    """Cochran, “Sampling Techniques”, chapter 6: 49 of 196 cities, 22,919 thousand inhabitants in 1920, and in 1930 by estimate 28,397
    thousand with a standard error of 604. As all are 196, those that weren't drawn alone are uncertain."""
    cities = ratio(zip(IN_1920, IN_1930, strict=True))
    assert (cities.number, cities.x, cities.y) == (49, 5054, 6262)
    assert cities.value
    assert round(22_919 * cities.value) == 28_397
    total_1920 = 196 * cities.x / 49
    assert round(math.sqrt(cities.variance * (1 - 49 / 196)) * total_1920) == 604


def test_of_answers_that_come_one_by_one_the_variance_is_that_of_a_mean() -> None:
    assert ratio((1, y) for y in (2, 4, 4, 4, 5, 5, 7, 9)).variance == pytest.approx(32 / 7 / 8)
    doubled = ratio((2, 2 * y) for y in (2, 4, 4, 4, 5, 5, 7, 9))  # two answers alike say no more than one
    assert doubled.variance == pytest.approx(32 / 7 / 8)
    assert (ratio([]).value, ratio([(0, 0)]).number, ratio([(1, 1)]).variance) == (None, 0, math.inf)


def test_boundaries() -> None:
    """The reference values in the tests of `confseq`, Howard's implementation: variance 100, level 0.05."""
    rho = sequences.best_rho(100, 0.05)
    assert rho == pytest.approx(12.60056, abs=1e-5)
    assert sequences.boundary(100, rho, 0.05) == pytest.approx(30.35209, abs=1e-5)


def arms(live: list[tuple[float, float]], candidate: list[tuple[float, float]], metric: Metric) -> dict[Arm, ArmFigures]:
    found = {arm: ArmFigures() for arm in Arm}
    for arm, pairs in ((Arm.LIVE, live), (Arm.CANDIDATE, candidate)):
        found[arm].ratios[metric] = ratio(pairs)
    return found


def experiment(**fields: Any) -> Any:
    return SimpleNamespace(**{"fewest": 30, "guards": {}, **fields})


def test_looking_after_every_ten_conversations_seldom_ends_what_is_as_good() -> None:
    """Of 100 experiments with two equal arms, looked at 45 times each, 95 % intervals would end a fifth and more; guards end five at most."""
    dice, guards = random.Random(7), {"errors": 0.0, "thumbs_down": 0.0}
    ended = often = 0
    for _ in range(100):
        found = {arm: ArmFigures() for arm in Arm}
        crossed = naive = False
        for number in range(1, 511):
            for arm in Arm:
                answers = dice.randint(1, 5)
                found[arm].ratios[Metric.ERRORS].add(answers, sum(dice.random() < 0.1 for _ in range(answers)))
            if number >= 60 and number % 10 == 0:
                new, old = (found[arm].ratios[Metric.ERRORS] for arm in (Arm.CANDIDATE, Arm.LIVE))
                crossed |= judging.crossed(experiment(guards=guards), found) is not None
                assert new.value is not None
                assert old.value is not None
                naive |= abs(new.value - old.value) > 1.96 * math.sqrt(new.variance + old.variance)
        ended, often = ended + crossed, often + naive
    assert ended <= 5
    assert often >= 20


def test_a_guard_is_crossed_by_what_is_worse_by_more_than_it_allows() -> None:
    some, many = [(1.0, 1.0), *[(1.0, 0.0)] * 9], [*[(1.0, 1.0)] * 6, *[(1.0, 0.0)] * 4]
    found = arms(20 * some, 20 * many, Metric.ERRORS)  # 10 and 60 %
    crossed = judging.crossed(experiment(guards={"errors": 30.0}), found)
    assert crossed
    assert (crossed.metric, crossed.candidate, crossed.live) == (Metric.ERRORS, pytest.approx(0.6), pytest.approx(0.1))
    assert judging.crossed(experiment(guards={"errors": 45.0}), found) is None  # may be less
    assert judging.crossed(experiment(guards={"errors": 30.0}, fewest=201), found) is None
    assert judging.crossed(experiment(guards={"errors": 30.0}), arms(20 * many, 20 * some, Metric.ERRORS)) is None
    assert judging.crossed(experiment(guards={"cost": 30.0}), found) is None


@pytest.mark.parametrize(("times", "is_crossed"), [(2.0, True), (1.05, False)])
def test_a_guard_of_a_mean_is_relative(times: float, is_crossed: bool) -> None:
    spent = [(2.0, 1.0), (1.0, 0.5), (1.0, 0.7), (3.0, 1.2)]
    found = arms(20 * spent, [(x, times * y) for x, y in 20 * spent], Metric.COST)
    assert (judging.crossed(experiment(guards={"cost": 50.0}), found) is not None) == is_crossed


@pytest.mark.parametrize(
    ("metric", "live", "candidate", "verdict"),
    [
        (Metric.THUMBS_UP, 4, 9, Verdict.WINNER),
        (Metric.THUMBS_UP, 9, 4, Verdict.WORSE),
        (Metric.ERRORS, 4, 9, Verdict.WORSE),
        (Metric.ERRORS, 9, 4, Verdict.WINNER),
        (Metric.ERRORS, 5, 5, Verdict.UNDECIDED),
    ],
)
def test_verdicts(metric: Metric, live: int, candidate: int, verdict: Verdict) -> None:
    """Each of so many in ten, in 200 conversations."""
    of_live, of_candidate = (20 * [(1.0, float(number < one)) for number in range(10)] for one in (live, candidate))
    found = arms(of_live, of_candidate, metric)
    assert judging.judged(experiment(), found, metric).verdict == verdict
    assert judging.judged(experiment(fewest=201), found, metric).verdict == Verdict.NOT_ENOUGH
    assert judging.judged(experiment(), arms([], [], metric), metric).verdict == Verdict.NOT_ENOUGH
