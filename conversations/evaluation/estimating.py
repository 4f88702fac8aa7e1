"""What a run will likely cost. Synchronous; asks no provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from conversations.generation import admission
from conversations.routing import offered

from .candidate import AskedCase, Candidate
from .checks import judge
from .checks.checking import needs_a_model

LIKELY_ANSWER_TOKENS = 500
LIKELY_VERDICT_TOKENS = 150


class Estimate(NamedTuple):
    answers: int
    judgements: int
    cost: int | None
    """Nanodollars of all; None where a price is unknown."""
    each: list[int | None]
    """Of one answer of each candidate."""


def estimated(candidates: Sequence[Candidate], cases: Sequence[AskedCase], repeats: int, judge_model: str) -> Estimate:
    rubrics = [check.value for case in cases for check in case.checks if needs_a_model(check)]
    costs = [[_cost(one.wording["model"], _texts(one, case), _bound(one)) for case in cases] for one in candidates]
    judged = [_cost(judge_model, [judge.INSTRUCTIONS, text, " " * 4 * LIKELY_ANSWER_TOKENS], LIKELY_VERDICT_TOKENS) for text in rubrics]
    known = [cost for row in costs for cost in row] + [cost for cost in judged for _ in candidates]
    whole = None if any(cost is None for cost in known) else repeats * sum(cost or 0 for cost in known)
    each = [None if any(cost is None for cost in row) else sum(cost or 0 for cost in row) // max(1, len(row)) for row in costs]
    return Estimate(len(candidates) * len(cases) * repeats, len(candidates) * len(rubrics) * repeats, whole, each)


def other_model(tested: Sequence[str]) -> str:
    """The first model that is offered and none of those, to judge by; empty where there is no other."""
    asked = {model or offered.default() for model in tested}
    return next((name for name in offered.names() if name not in asked), "")


def _texts(candidate: Candidate, case: AskedCase) -> list[str]:
    """As they are written: what is put in changes little."""
    examples = [one["text"] for one in candidate.wording.get("examples") or []]
    return [candidate.wording["text"], *examples, *(turn.text for turn in candidate.asked(case))]


def _bound(candidate: Candidate) -> int:
    return min(int(candidate.wording["parameters"].get("max_output_tokens") or LIKELY_ANSWER_TOKENS), LIKELY_ANSWER_TOKENS)


def _cost(model: str, texts: list[str], output: int) -> int | None:
    estimate = admission.of_trial(model, texts, output)
    return (estimate.input_cost or 0) + (estimate.output_cost or 0) if estimate.is_priced else None
