"""What a run will likely cost. Synchronous; asks no provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from conversations.generation import estimates
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


def estimated(candidates: Sequence[Candidate], cases: Sequence[AskedCase], repeats: int, judge_model: str) -> Estimate:
    return of_answers([(candidate, case) for candidate in candidates for case in cases] * repeats, judge_model)


def of_answers(asked: Sequence[tuple[Candidate, AskedCase]], judge_model: str) -> Estimate:
    """Of putting these cases to these candidates, and judging the answers."""
    costs: dict[tuple[int, int], int | None] = {}
    for candidate, case in asked:
        if (key := (id(candidate), id(case))) not in costs:
            costs[key] = _cost(candidate.wording["model"], _texts(candidate, case), _bound(candidate))
    judged = of_judgements([(case, "") for _, case in asked], judge_model)
    known = [*(costs[id(candidate), id(case)] for candidate, case in asked), judged.cost]
    return Estimate(len(asked), judged.judgements, _sum(known))


def of_judgements(answers: Sequence[tuple[AskedCase, str]], judge_model: str) -> Estimate:
    """Of judging these answers to their cases; where one is empty, one of likely length."""
    costs: dict[tuple[str, int], int | None] = {}
    asked = []
    for case, answer in answers:
        for rubric in (check.value for check in case.checks if needs_a_model(check)):
            if (key := (rubric, len(answer))) not in costs:
                texts = [judge.INSTRUCTIONS, rubric, answer or " " * 4 * LIKELY_ANSWER_TOKENS]
                costs[key] = _cost(judge_model, texts, LIKELY_VERDICT_TOKENS)
            asked.append(costs[key])
    return Estimate(0, len(asked), _sum(asked))


def _sum(costs: Sequence[int | None]) -> int | None:
    return None if None in costs else sum(cost or 0 for cost in costs)


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
    estimate = estimates.of_trial(model, texts, output)
    return (estimate.input_cost or 0) + (estimate.output_cost or 0) if estimate.is_priced else None
