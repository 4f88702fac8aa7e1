"""Functions that run in the background. Names and calls are those of Django 6's `django.tasks`, as far as they go."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.module_loading import import_string

from conversations.models import Job, JobState

from . import queue
from .context import TaskContext

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3


class Lane(Enum):
    """Tasks of one lane take no worker's slots of another."""

    SHORT = "moments"
    READING = "moments, or minutes of the processor"
    WAITED_FOR = "minutes, mostly waiting for a provider, while a user waits for them"
    LONG = "minutes or hours, mostly waiting for a provider"


class UnknownTask(Exception):
    """This version of the program has no such task."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """Its function may be begun again after it broke off anywhere, and answers in a sentence what it did."""

    function: Callable[..., str]
    title: str
    """What it does, as the admin lists it: such as “Delete expired sessions”."""
    takes_context: bool = False
    max_attempts: int = MAX_ATTEMPTS
    run_after: datetime | None = None
    lane: Lane = Lane.SHORT
    given_up: Callable[..., None] | None = None
    """Called with a job's arguments, in the transaction that ends it, where it won't be done: it failed for the last time, its process
    died too often, or it was cancelled."""
    run_again: Callable[..., None] | None = None
    """Called with them, in the transaction that puts the job into the queue once more: what `given_up` did is taken back."""

    @property
    def kind(self) -> str:
        """By which a worker finds it."""
        return f"{self.function.__module__}.{self.function.__qualname__}"

    def using(self, *, run_after: datetime) -> Task:
        """The same, not run before this time."""
        return replace(self, run_after=run_after)

    def enqueue(self, **arguments: Any) -> Job:
        """Have a worker call it with these arguments, which JSON can hold. A transaction that is rolled back takes the job with it."""
        return queue.put(self.kind, arguments, self.max_attempts, self.run_after)

    def call(self, context: TaskContext, arguments: dict[str, Any]) -> str:
        return self.function(context, **arguments) if self.takes_context else self.function(**arguments)


def task(*, title: str, **declared: Any) -> Callable[[Callable[..., str]], Task]:
    """Make the function a task, with what a Task declares. With `takes_context`, a TaskContext is its first argument."""
    return lambda function: Task(function=function, title=title, **declared)


def find(kind: str) -> Task:
    """The task of a job of this kind, whose module is imported for it: nothing has to be registered. Raises UnknownTask."""
    try:
        found = import_string(kind)
    except ImportError as error:
        raise UnknownTask(kind) from error
    if not isinstance(found, Task):
        raise UnknownTask(kind)
    return found


def lane_of(kind: str) -> Lane:
    """In which jobs of this kind run. One whose module can't be imported fails when it is run."""
    try:
        return find(kind).lane
    except Exception:  # noqa: BLE001  (a module of a task raises anything)
        return Lane.SHORT


def give_up(job: Job) -> None:
    """Tell the task that this job of its won't be done."""
    _tell(job, lambda task: task.given_up)


def _tell(job: Job, told: Callable[[Task], Callable[..., None] | None]) -> None:
    """A mistake there doesn't keep the caller's transaction from changing the job."""
    try:
        if tell := told(find(job.kind)):
            with transaction.atomic():
                tell(**job.arguments)
    except Exception:
        log.exception("The task of job %s (%s) could not be told what becomes of it", job.pk, job.kind)


@transaction.atomic
def end_and_give_up(job: Job, end: Callable[[], bool]) -> bool:
    """What `end` returns: False where the job is not the caller's to end any more, so that its task isn't told."""
    if is_ended := end():
        give_up(job)
    return is_ended


@transaction.atomic
def cancel(pk: UUID) -> bool:
    """As `queue.cancel`, and the task is told where the job was cancelled at once."""
    if not queue.cancel(pk):
        return False
    if cancelled := Job.objects.filter(pk=pk, state=JobState.CANCELLED).first():
        give_up(cancelled)
    return True


@transaction.atomic
def run_again(pk: UUID) -> bool:
    """As `queue.run_again`, and the task is told."""
    if not queue.run_again(pk):
        return False
    _tell(Job.objects.get(pk=pk), lambda task: task.run_again)
    return True
