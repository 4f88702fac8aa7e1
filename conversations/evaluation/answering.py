"""One answer of a candidate, and the judges of it, over the pipeline of trials."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from conversations.database_jobs import DatabaseJobs
from conversations.generation import estimates, unstored_answer
from conversations.generation.throttle import Throttle
from conversations.generation.unstored_answer import Ended
from conversations.models import NANO, Purpose, Status, User
from conversations.providers import finish_reasons
from conversations.providers.errors import LABELS
from conversations.providers.request import Turn
from conversations.rendering.told import Told, Unfilled
from conversations.trials.trial import Trial

from .candidate import AskedCase, Candidate, filled
from .checks import judge
from .checks.check import Check
from .checks.checking import Given, made, needs_a_model
from .checks.finding import Finding
from .funds import Funds


class Answer(NamedTuple):
    output: str = ""
    finish_reason: str = ""
    error: str = ""
    """Why there is none, in a sentence."""
    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: int | None = None
    """Nanodollars; None where the price is unknown."""
    first_token_ms: int | None = None
    duration_ms: int = 0

    @property
    def given(self) -> Given:
        return Given(self.output, self.finish_reason, self.duration_ms / 1000, None if self.cost is None else self.cost / NANO)


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks in the name of one user, on one event loop."""

    author_id: uuid.UUID
    database: DatabaseJobs
    throttle: Throttle
    funds: Funds

    async def answer(self, candidate: Candidate, case: AskedCase) -> Answer:
        """Raises Exceeded where the budget of trials has no room for it, and CapReached."""
        wording = candidate.wording
        try:
            told = await self.database.do(partial(self._told, candidate, case))
        except Unfilled as unfilled:
            return Answer(error=str(unfilled)[:300])
        tried = unstored_answer.Candidate(told.system, wording["model"], wording["parameters"], told.examples, wording.get("output_schema"))
        return await self.asked(tried, candidate.asked(case), Purpose.RUN)

    def _told(self, candidate: Candidate, case: AskedCase) -> Told:
        user = User.objects.filter(pk=self.author_id).first() or User(pk=self.author_id, username="user")
        return candidate.told(case, user)

    async def findings(
        self, case: AskedCase, asked: Sequence[Turn], answer: Answer, judge_model: str, paid: Callable[[int], object]
    ) -> list[Finding]:
        """Of all checks. `paid` hears what each judge among them cost, in nanodollars. Raises as `answer` does."""
        found = []
        for check in (one._replace(value=filled(one.value, case.variables)) for one in case.checks):
            if needs_a_model(check):
                finding, cost = await self._judged(check, case, asked, answer, judge_model)
                paid(cost)
            else:
                finding = made(check, answer.given)
            found.append(finding)
        return found

    async def _judged(self, check: Check, case: AskedCase, asked: Sequence[Turn], answer: Answer, model: str) -> tuple[Finding, int]:
        question = "\n\n".join(turn.text for turn in asked[-3:])
        turns = judge.turns(check, question, answer.output, case.expected)
        said = await self.asked(unstored_answer.Candidate(judge.INSTRUCTIONS, model, judge.PARAMETERS), turns, Purpose.JUDGE)
        if said.error:
            return Finding(check, None, 0.0, f"The judge couldn’t be asked: {said.error}"), said.cost or 0
        return judge.finding(check, said.output), said.cost or 0

    async def asked(self, candidate: unstored_answer.Candidate, turns: Sequence[Turn], purpose: Purpose) -> Answer:
        """Raises Exceeded where the budget of trials has no room for it, and CapReached."""
        bound = candidate.parameters.get("max_output_tokens")
        texts = [candidate.system, *(one["text"] for one in candidate.examples), *(turn.text for turn in turns)]
        estimate = await self.database.do(partial(estimates.of_trial, candidate.model, texts, bound))
        async with self.funds.held(estimate) as held:
            if held.max_tokens is not None:
                candidate = replace(candidate, parameters={**candidate.parameters, "max_output_tokens": held.max_tokens})
            answer = await self._said(candidate, turns, purpose)
            held.cost = answer.cost if answer.cost is not None or answer.error else held.most
        is_cut = answer.finish_reason == finish_reasons.LENGTH
        if is_cut and held.max_tokens is not None and held.max_tokens != bound:  # it says nothing of the candidate
            why = "so that the run keeps to its cap" if held.max_tokens < estimate.output_tokens else "the most that a run reserves for one"
            return answer._replace(error=f"It was cut at {held.max_tokens:,} tokens, {why}.")
        return answer

    async def _said(self, candidate: unstored_answer.Candidate, turns: Sequence[Turn], purpose: Purpose) -> Answer:
        running = Trial(candidate, turns, author_id=self.author_id, database=self.database, throttle=self.throttle, purpose=purpose)
        async for step in running.steps():
            if isinstance(step, Ended):
                return _answer(step)
        raise AssertionError


def _answer(end: Ended) -> Answer:
    said = "".join(part["text"] for part in end.parts if part.get("type") in ("text", "refusal"))
    usage = end.usage or {}
    is_refused = end.error is not None and end.error.kind == "content_filter"
    error = "" if end.status == Status.COMPLETE or is_refused else _sentence(end)
    return Answer(
        said,
        "content_filter" if is_refused else end.finish_reason,
        error,
        end.model,
        usage.get("input_tokens"),
        usage.get("output_tokens"),
        None if end.cost is None else int(end.cost * NANO),
        None if end.first_token_seconds is None else round(1000 * end.first_token_seconds),
        round(1000 * end.seconds),
    )


def _sentence(end: Ended) -> str:
    if end.error is None:
        return "It was stopped."
    label = LABELS.get(end.error.kind, end.error.kind)
    return f"{label[0].upper()}{label[1:]}."[:300]
