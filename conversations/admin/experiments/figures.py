"""What the page of an experiment says of its arms."""

from __future__ import annotations

import math
from typing import NamedTuple

from conversations.admin.base.shown import NOTHING
from conversations.evaluation import intervals
from conversations.evaluation.experiments import arms, judging, words
from conversations.evaluation.experiments.arms import ArmFigures
from conversations.evaluation.experiments.judging import Figures, Judged, Verdict
from conversations.models import Arm, Experiment, Metric


class Cell(NamedTuple):
    value: str
    interval: str
    """Empty where there is none."""
    of: str
    """What it was counted of."""


class Row(NamedTuple):
    metric: Metric
    candidate: Cell
    live: Cell
    difference: str
    says: str
    verdict: Verdict
    is_goal: bool


class Shown(NamedTuple):
    candidate: ArmFigures
    live: ArmFigures
    rows: list[Row]
    verdict: Verdict
    headline: str
    detail: str


def shown(experiment: Experiment) -> Shown:
    found = arms.figures(experiment)
    judged = {metric: judging.judged(experiment, found, metric) for metric in Metric}
    rows = [_row(metric, found, judged[metric], is_goal=metric == experiment.goal) for metric in Metric]
    goal = Metric(experiment.goal)
    headline, detail = _verdict(experiment, found, goal, judged[goal])
    if judged[goal].verdict == Verdict.WINNER and (worse := [row.metric.label for row in rows if row.verdict == Verdict.WORSE]):
        detail += f" But the candidate is worse here: {', '.join(worse)}."
    return Shown(found[Arm.CANDIDATE], found[Arm.LIVE], rows, judged[goal].verdict, headline, detail)


def _verdict(experiment: Experiment, found: Figures, goal: Metric, judged: Judged) -> tuple[str, str]:
    has = judging.fewest(found, goal)
    low, high = judged.interval
    match judged.verdict:
        case Verdict.WINNER:
            return "The candidate wins.", f"{goal.label}: {words.difference(goal, low, high)}, compared with the live version."
        case Verdict.WORSE:
            return "The live version wins.", f"{goal.label}: {words.difference(goal, low, high)} with the candidate."
        case Verdict.UNDECIDED:
            return "Undecided.", f"{goal.label}: the difference lies between {words.difference(goal, low, high)}, which may be none."
    counted = {Metric.THUMBS_UP: " with thumbs", Metric.COST: " with known cost"}.get(goal, " with answers that count")
    return "Not enough data.", f"{goal.label}: {has:,} conversations{counted} in the smaller arm, and {experiment.fewest:,} are needed."


def _row(metric: Metric, found: Figures, judged: Judged, *, is_goal: bool) -> Row:
    says = {Verdict.WINNER: "candidate better", Verdict.WORSE: "candidate worse", Verdict.UNDECIDED: "may be chance"}
    low, high = judged.interval
    difference = NOTHING if judged.verdict == Verdict.NOT_ENOUGH or math.isinf(low) else words.difference(metric, low, high)
    candidate, live = (_cell(metric, found[arm]) for arm in (Arm.CANDIDATE, Arm.LIVE))
    return Row(metric, candidate, live, difference, says.get(judged.verdict, "not enough data"), judged.verdict, is_goal)


def _cell(metric: Metric, arm: ArmFigures) -> Cell:
    ratio = arm.ratios[metric]
    if ratio.value is None:
        return Cell(NOTHING, "", "")
    if metric in judging.SHARES:
        interval = intervals.of_share(intervals.Share(round(ratio.y), round(ratio.x)))
        within = f"{100 * interval.low:.1f} to {100 * interval.high:.1f} %"
        return Cell(words.value(metric, ratio.value), within, f"{ratio.y:,.0f} of {ratio.x:,.0f}")
    spread = intervals.Z * math.sqrt(ratio.variance)
    ends = () if math.isinf(spread) else (max(0.0, ratio.value - spread), ratio.value + spread)
    within = " to ".join(words.value(metric, end) for end in ends)
    return Cell(words.value(metric, ratio.value), within, f"{ratio.x:,.0f}")
