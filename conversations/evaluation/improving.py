"""A model proposes a rewrite of a prompt's text, as a job, from half of the cases that failed in a run; the others judge it."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conversations.database_jobs import DatabaseJobs
from conversations.generation import estimates, job_loop, unstored_answer
from conversations.generation.throttle import Throttle
from conversations.jobs import queue
from conversations.jobs.context import Reason, Stopped, TaskContext
from conversations.jobs.tasks import Lane, task
from conversations.models import NANO, Case, Improvement, Job, JobState, Purpose, Result, Run, User
from conversations.models.storable import fitting
from conversations.providers.request import Turn
from conversations.studio import approvals
from conversations.usage.exceeded import Exceeded
from conversations.usage.ledger.token_estimate import tokens_read

from . import rewriting, runs
from .answering import Answer, Asker
from .candidate import AskedCase, Candidate
from .funds import CapReached, Funds
from .rewriting import Failed, NoProposal

MOST_SEEN = 12
ROOM_TOKENS = 4_000
"""That the answer may have beside twice the text: models think first."""
TICK_SECONDS = 0.25
CANCELLED = "It was cancelled."


class NotPossible(Exception):
    """In a sentence."""


def failing(run: Run, candidate: int) -> list[Case]:
    """Of which at least one answer of this candidate failed, or has no good verdict, in a stable order."""
    bad = {one.case_id for one in run.results.filter(candidate=candidate).defer("output", "findings") if one.is_good is False}
    return list(run.cases.filter(pk__in=bad).order_by("pk"))


def plan(run: Run, candidate: int, model: str, cap: int, by: User) -> Improvement:
    """Not started, with what it will cost at most. Half of the cases that failed are chosen by chance to be seen. Raises NotPossible."""
    cases = failing(run, candidate)
    if not cases:
        raise NotPossible("No answer of this candidate failed: there is nothing to learn from.")
    made = Improvement(run=run, candidate=candidate, model=model, cap=cap, author=by)
    number = min(MOST_SEEN, (len(cases) + 1) // 2)
    made.seen = [str(case.pk) for case in random.Random(str(made.pk)).sample(cases, number)]  # noqa: S311
    made.estimate = _worst(model, *_request(made, "0" * 16))
    made.save()
    return made


def held_out(improvement: Improvement) -> list[Case]:
    """The cases of its run that it was not written from: those that failed, and those that passed and are not to fail now."""
    return list(improvement.run.cases.exclude(pk__in=improvement.seen))


def seen(improvement: Improvement) -> list[Case]:
    return list(Case.objects.filter(pk__in=improvement.seen))


def old(improvement: Improvement) -> Candidate:
    return Candidate.read(improvement.run.candidates[improvement.candidate])


def with_text(improvement: Improvement, text: str) -> Candidate:
    """What was run, with another text."""
    before = old(improvement)
    wording = {**before.wording, "text": text}
    return replace(before, label="the rewrite", wording=wording, digest=approvals.digest(wording), is_template=True, turns=[])


@transaction.atomic
def judge(improvement: Improvement, text: str, by: User) -> Run:
    """Plans a run of the held-out cases with the old text and this one. Raises NotPossible."""
    cases = held_out(improvement)
    if not cases:
        raise NotPossible("There is no case that the rewrite was not written from: write more cases first.")
    before = replace(old(improvement), label="the text before")
    made = runs.make(improvement.run.prompt, [before, with_text(improvement, text)], cases, 1, NANO, improvement.run.judge_model, by)
    Improvement.objects.filter(pk=improvement.pk).update(judged_by=made)
    return made


@transaction.atomic
def start(improvement: Improvement) -> None:
    """Raises NotPossible."""
    found = Improvement.objects.select_for_update().get(pk=improvement.pk)
    if found.job_id or found.finished:
        raise NotPossible("It runs, or ran already.")
    if found.estimate is not None and found.estimate > found.cap:
        raise NotPossible("It could cost more than its cap.")
    found.job = propose.enqueue(improvement=str(found.pk))
    found.save(update_fields=["job"])


@transaction.atomic
def cancel(improvement: Improvement) -> None:
    """Raises NotPossible where it doesn't run."""
    if improvement.finished or improvement.job_id is None or not queue.cancel(improvement.job_id):
        raise NotPossible("It doesn’t run any more.")
    if Job.objects.filter(pk=improvement.job_id, state=JobState.CANCELLED).exists():  # it hadn't begun, so nothing else will say so
        _end(improvement.pk, problem=CANCELLED)


@task(title="Propose a rewrite of a prompt", takes_context=True, lane=Lane.LONG)
def propose(context: TaskContext, *, improvement: str) -> str:
    """Begun again after it broke off, it asks again, unless the answer is there."""
    found = Improvement.objects.select_related("run__prompt").filter(pk=improvement).first()
    if found is None:
        return "The run was deleted."
    if found.finished:
        return "The proposal is there already."
    if (hindrance := runs.hindrance_of(found.author_id)) or found.author_id is None:
        return _end(found.pk, problem=hindrance)
    mark = secrets.token_hex(8)
    candidate, turns = _request(found, mark)
    try:
        answer = asyncio.run(_answer(found.author_id, found.cap, candidate, turns, context))
    except Stopped as stopped:
        if stopped.reason == Reason.CANCELLED:
            _end(found.pk, problem=CANCELLED)
        raise
    except (Exceeded, CapReached) as exceeded:
        return _end(found.pk, problem=str(exceeded))
    try:
        text = rewriting.proposal(answer, old(found).wording["text"], mark)
    except NoProposal as none:
        return _end(found.pk, problem=str(none), cost=answer.cost)
    return _end(found.pk, proposal=text, cost=answer.cost)


async def _answer(author_id: UUID, cap: int, candidate: unstored_answer.Candidate, turns: Sequence[Turn], context: TaskContext) -> Answer:
    """On an event loop of its own, whose database connection is its own, too. Raises Stopped, Exceeded and CapReached."""
    async with job_loop.entered():
        asker = Asker(author_id, DatabaseJobs(), Throttle(lambda: 1), Funds(cap))
        asked = asyncio.create_task(asker.asked(candidate, turns, Purpose.TRIAL))
        try:
            while not asked.done():
                await asyncio.wait({asked}, timeout=TICK_SECONDS)
                context.check()
            return asked.result()
        finally:
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)


def _request(improvement: Improvement, mark: str) -> tuple[unstored_answer.Candidate, list[Turn]]:
    text = old(improvement).wording["text"]
    turns = rewriting.turns(text, [_failed(improvement, case) for case in seen(improvement)], mark)
    bound = 2 * tokens_read(text) + ROOM_TOKENS
    return unstored_answer.Candidate(rewriting.INSTRUCTIONS, improvement.model, {"max_output_tokens": bound}), turns


def _failed(improvement: Improvement, case: Case) -> Failed:
    results = improvement.run.results.filter(case=case, candidate=improvement.candidate).order_by("repeat")
    result = next((one for one in results if one.is_good is False), None)
    return Failed(AskedCase.of(case), result.output if result else "", _reasons(result))


def _reasons(result: Result | None) -> list[str]:
    if result is None:
        return []
    found = [f"{one['title']}: {one['reason']}" for one in result.findings or [] if one["passed"] is False]
    return [*([result.note] if result.note else []), *found]


def _worst(model: str, candidate: unstored_answer.Candidate, turns: list[Turn]) -> int | None:
    """Nanodollars; None where the price is unknown."""
    texts = [candidate.system, *(turn.text for turn in turns)]
    estimate = estimates.of_trial(model, texts, int(candidate.parameters["max_output_tokens"]))
    return (estimate.input_cost or 0) + (estimate.output_cost or 0) if estimate.is_priced else None


def _end(pk: UUID, *, proposal: str = "", problem: str = "", cost: int | None = None) -> str:
    """The first end counts."""
    ended = {"proposal": proposal, "problem": fitting(problem, 300), "cost": cost, "finished": timezone.now()}
    if not Improvement.objects.filter(pk=pk, finished=None).update(**ended):
        return "It was deleted, or had ended."
    return problem or "A rewrite was proposed."
