"""Runs as they are stored: made, started as a job, cancelled. A job that begins again goes on with what isn't there yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from conversations.jobs import queue
from conversations.jobs.context import Reason, Stopped, TaskContext
from conversations.jobs.tasks import Lane, task
from conversations.models import NANO, Case, Job, JobState, Run, SystemPrompt, User
from conversations.models.storable import fitting
from conversations.studio import rights
from conversations.webhooks import events

from . import estimating, results
from .candidate import AskedCase, Candidate
from .execution import Execution, Outcome, Plan, cells

CANCELLED = "It was cancelled."
DELETED = "The user who made it was deleted, in whose name it would ask."


class NotStartable(Exception):
    """It runs or ran already."""


def make(
    prompt: SystemPrompt, candidates: Sequence[Candidate], cases: Sequence[Case], repeats: int, cap: int, judge_model: str, by: User
) -> Run:
    """With its estimate, and not started. The first candidate is what the others are compared with."""
    estimate = estimating.estimated(candidates, [AskedCase.of(case) for case in cases], repeats, judge_model)
    run = Run.objects.create(
        prompt=prompt,
        candidates=[candidate.stored() for candidate in candidates],
        repeats=repeats,
        cap=cap,
        estimate=estimate.cost,
        judge_model=judge_model,
        author=by,
    )
    run.cases.set(cases)
    return run


@transaction.atomic
def start(run: Run) -> None:
    """Raises NotStartable."""
    run = Run.objects.select_for_update().get(pk=run.pk)
    if run.job_id or run.started:
        raise NotStartable
    run.job = run_cases.enqueue(run=str(run.pk))
    run.save(update_fields=["job"])


@transaction.atomic
def cancel(run: Run) -> None:
    """Raises NotStartable where it doesn't run."""
    if run.finished or run.job_id is None or not queue.cancel(run.job_id):
        raise NotStartable
    if Job.objects.filter(pk=run.job_id, state=JobState.CANCELLED).exists():  # it hadn't begun, so nothing else will say so
        _end(run, CANCELLED)


@task(title="Run cases of a prompt", takes_context=True, lane=Lane.LONG)
def run_cases(context: TaskContext, *, run: str, asks: bool = True) -> str:
    """Without `asks` only what was answered is judged."""
    found = Run.objects.select_related("prompt").filter(pk=run).first()
    if found is None:
        return "The run was deleted."
    if found.author_id is None:
        return _end(found, DELETED)
    Run.objects.filter(pk=run, started=None).update(started=timezone.now())
    execution = _execution(found, found.author_id, context, asks=asks)
    try:
        execution.run()
    except results.RunDeleted:
        return "The run was deleted."
    except Stopped as stopped:
        if stopped.reason == Reason.CANCELLED:
            _end(found, CANCELLED)
        raise
    return _end(found, execution.stopped or (found.stopped if not asks else ""))


def _execution(run: Run, author_id: Any, context: TaskContext, *, asks: bool) -> Execution:
    candidates = [Candidate.read(stored) for stored in run.candidates]
    cases = [AskedCase.of(case) for case in run.cases.order_by("name", "id")]
    there = {(str(result.case_id), result.candidate, result.repeat): result for result in run.results.all()}
    outcomes = []
    for outcome in cells(cases, len(candidates), run.repeats):
        if result := there.get((outcome.case.key, outcome.candidate, outcome.repeat)):
            results.restore(outcome, result)
        if outcome.answer or asks:
            outcomes.append(outcome)

    def save(outcome: Outcome) -> None:
        results.save(run, candidates[outcome.candidate].digest, outcome)

    def hindrance() -> str:
        return hindrance_of(author_id)

    return Execution(Plan(candidates, author_id, run.cap, run.judge_model, hindrance), outcomes, save, context.progress)


def hindrance_of(author_id: Any) -> str:
    """Why nothing more may be asked in the name of who made the run."""
    author = User.objects.filter(pk=author_id).first()
    if author is None:
        return DELETED
    if not author.is_active:
        return f"{author.get_username()}, who made it, was deactivated."
    return "" if rights.may_evaluate(author) else f"{author.get_username()}, who made it, may no longer evaluate prompts."


UNPRICED = Q(error="", cost=None)
"""Answers whose model has no price."""


def spent(run: Run) -> int:
    """Nanodollars, of what has a price."""
    return sum((cost or 0) + judged for cost, judged in run.results.values_list("cost", "judge_cost"))


@transaction.atomic
def _end(run: Run, stopped: str) -> str:
    """Told to webhooks once, though a job that is begun again after its end ends it again."""
    if Run.objects.filter(pk=run.pk, finished=None).update(finished=timezone.now(), stopped=fitting(stopped, 300)):
        _tell(run, stopped)
    answers, known = run.results.count(), f"${spent(run) / NANO:,.4f}"
    unpriced = run.results.filter(UNPRICED).count()
    cost = f"{known}, without {unpriced:,} whose price is unknown" if unpriced else known
    return f"{answers:,} answer{'' if answers == 1 else 's'} for {cost}.{f' {stopped}' if stopped else ''}"


def _tell(run: Run, stopped: str) -> None:
    tried: list[dict[str, Any]] = [{"label": one["label"], "passed": 0, "failed": 0, "unjudged": 0} for one in run.candidates]
    for result in run.results.only("candidate", "passed", "verdict"):
        tried[result.candidate][{True: "passed", False: "failed", None: "unjudged"}[result.is_good]] += 1
    told = {"id": str(run.pk), "cases": run.cases.count(), "repeats": run.repeats, "stopped_early": bool(stopped), "candidates": tried}
    author = User.objects.filter(pk=run.author_id).first() if run.author_id else None  # deleted, maybe, since the run was read
    events.tell(events.RUN_FINISHED, {"prompt": events.prompt(run.prompt), "run": told}, author)
