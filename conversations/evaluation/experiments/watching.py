"""Looks at a running experiment every few minutes, and ends it where a guard is crossed or its planned end has come."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from conversations.jobs.context import TaskContext
from conversations.jobs.tasks import task
from conversations.models import Ending, Experiment, Job, JobState, SystemPrompt, User
from conversations.studio import drafts

from . import arms, ending, judging, words

PERIOD = timedelta(minutes=5)
KEPT = timedelta(hours=6)
"""So long jobs stay that found nothing: there are hundreds a day."""


@task(title="Check an experiment", takes_context=True)
def check_experiment(context: TaskContext, *, experiment: str) -> str:
    """Puts the next look into the queue. Done a second time, or for an experiment that is over, it finds nothing to do."""
    running = Experiment.objects.running().filter(pk=experiment, job=context.job_id).select_related("prompt", "live", "candidate").first()
    if running is None:
        return "It is over, or another job looks at it."
    found = _end(running)  # without a lock, for it may take a while
    with transaction.atomic():
        drafts.locked(running.prompt)
        if not Experiment.objects.running().filter(pk=experiment, job=context.job_id).exists():
            return "It was ended meanwhile."
        if found is not None:
            ending.end(running, *found)
            return f"Ended it. {running.reason}"
        running.checked = timezone.now()
        enqueue(running)
    _forget_earlier()
    return "It goes on."


def begins_conversations(prompt: SystemPrompt) -> bool:
    """Whether there are users who may choose it."""
    return SystemPrompt.objects.offered_to(User(is_staff=True)).filter(pk=prompt.pk).exists()


def enqueue(experiment: Experiment) -> None:
    """Have it looked at after PERIOD, or at its planned end where that comes first. In the caller's transaction."""
    due = timezone.now() + PERIOD
    if experiment.until:
        due = min(due, max(experiment.until, timezone.now()))
    experiment.job = check_experiment.using(run_after=due).enqueue(experiment=str(experiment.pk))
    experiment.save(update_fields=["job", "checked"])


def _end(experiment: Experiment) -> tuple[Ending, str] | None:
    """How it is to end now, if it is."""
    if experiment.prompt.published_id != experiment.live_id:  # a process of the version before knows nothing of experiments
        return Ending.LIVE_MOVED, "Something else is live by now."
    figures = arms.figures(experiment)
    if crossed := judging.crossed(experiment, figures):
        return Ending.GUARD, words.crossing(crossed)
    if not begins_conversations(experiment.prompt):
        return Ending.HIDDEN, "Users can’t choose the prompt any more, so no new conversations begin with it."
    if experiment.until and experiment.until <= timezone.now():
        return Ending.PLAN, "Its planned end has come."
    took_part = sum(arm.conversations for arm in figures.values())
    if experiment.most_conversations and took_part >= experiment.most_conversations:
        return Ending.PLAN, f"{took_part:,} conversations took part, as planned."
    return None


def _forget_earlier() -> None:
    Job.objects.filter(kind=check_experiment.kind, state=JobState.DONE, finished__lt=timezone.now() - KEPT).delete()
