"""The queue, which is the table of jobs: what is put into it and taken from it, by any number of workers.

Each change of a running job names the worker and the attempt that it is made for, so that a worker whose lease ran out changes nothing
any more.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from conversations.models import OVER, Job, JobState
from conversations.models.storable import fitting

from . import leases
from .context import TaskContext

RETRY_PAUSES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5))

changed = threading.Event()
"""Set when this process has put a job into the queue, so that its worker looks at once."""


def put(kind: str, arguments: dict[str, Any], max_attempts: int, run_after: datetime | None = None) -> Job:
    """In the caller's transaction: until that is committed no worker sees it."""
    job = Job.objects.create(kind=kind, arguments=arguments, max_attempts=max_attempts, due=run_after or timezone.now())
    transaction.on_commit(changed.set)
    return job


def due_kinds() -> list[str]:
    """Of the jobs that a worker may take now. It takes no lock: on SQLite the chat is to write meanwhile."""
    return list(Job.objects.due().order_by("kind").values_list("kind", flat=True).distinct())


def claim(worker: uuid.UUID, kinds: Collection[str], give_up: Callable[[Job], None]) -> Job | None:
    """The job of these kinds that has been due for longest, with a lease for this worker. None where there is none.

    Those that nothing will be done about any more are ended, and `give_up` is called in the transaction that ends each.
    """
    while (due := Job.objects.filter(kind__in=kinds).due()).exists():
        with transaction.atomic():
            job = due.select_for_update(skip_locked=True).first()
            if job is None:  # others are just taking what there is
                return None
            if job.cancel_asked:
                _end(job, JobState.CANCELLED)
                give_up(job)
            elif job.state == JobState.RUNNING and job.attempts >= job.max_attempts:
                _end(job, JobState.FAILED, error=f"The process that ran it ended {_times(job.attempts)} before the job was done.")
                give_up(job)
            else:
                job.state, job.worker, job.attempts = JobState.RUNNING, worker, job.attempts + 1
                job.started, job.due = timezone.now(), leases.until()
                job.done = job.total = None
                job.save(update_fields=["state", "worker", "attempts", "started", "due", "done", "total"])
                return job
    return None


def renew(worker: uuid.UUID, running: Collection[TaskContext]) -> dict[uuid.UUID, bool]:
    """Prolong the leases of these jobs and write how far they are. Returns those that are still this worker's, and which to cancel."""
    with transaction.atomic():
        for context in running:
            _held(worker, context).update(due=leases.until(), done=context.done, total=context.total)
        held = Job.objects.filter(pk__in=[context.job_id for context in running], state=JobState.RUNNING, worker=worker)
        return dict(held.values_list("pk", "cancel_asked"))


def finish(worker: uuid.UUID, context: TaskContext, state: JobState, outcome: str = "") -> bool:
    """False where the job is not this worker's any more, which makes what it did there one attempt too many."""
    ended = {"state": state, "outcome": fitting(outcome), "due": None, "finished": timezone.now(), "worker": None}
    cleared = {"error": ""} if state == JobState.DONE else {}
    return bool(_held(worker, context).update(done=context.done, total=context.total, **ended, **cleared))


def fail(worker: uuid.UUID, context: TaskContext, error: str, max_attempts: int) -> bool:
    """Have it tried again after a while, or, after its last attempt, let it be. False where it is not this worker's any more."""
    if context.attempt >= max_attempts:
        ended: dict[str, Any] = {"state": JobState.FAILED, "due": None, "finished": timezone.now()}
    else:
        pause = RETRY_PAUSES[min(context.attempt, len(RETRY_PAUSES)) - 1]
        ended = {"state": JobState.WAITING, "due": timezone.now() + pause}
    return bool(_held(worker, context).update(error=error, worker=None, **ended))


def give_back(worker: uuid.UUID, context: TaskContext, after: timedelta = timedelta(0), error: str = "") -> bool:
    """Leave it to another worker or the next start, as if this attempt had not been; but not before `after`. `error` says why."""
    left = {"state": JobState.WAITING, "due": timezone.now() + after, "worker": None, "attempts": context.attempt - 1}
    return bool(_held(worker, context).update(**left, **({"error": error} if error else {})))


def cancel(pk: uuid.UUID) -> bool:
    """A waiting job is cancelled at once, and so is one that failed: it needs nothing more. A running one is where its function next
    says how far it is. False where it is over. Its task isn't told (see `tasks.cancel`).
    """
    ended = {"state": JobState.CANCELLED, "due": None, "finished": timezone.now()}
    if Job.objects.filter(pk=pk, state__in=(JobState.WAITING, JobState.FAILED)).update(**ended):
        return True
    return bool(Job.objects.filter(pk=pk, state=JobState.RUNNING).update(cancel_asked=True))


def run_again(pk: uuid.UUID) -> bool:
    """Put a job that is over into the queue as if it were new. False where it is not over."""
    fresh: dict[str, Any] = {"state": JobState.WAITING, "due": timezone.now(), "attempts": 0, "cancel_asked": False}
    cleared: dict[str, Any] = {"outcome": "", "error": "", "started": None, "finished": None, "done": None, "total": None}
    is_queued = Job.objects.filter(pk=pk, state__in=OVER).update(**fresh, **cleared)
    transaction.on_commit(changed.set)
    return bool(is_queued)


def _held(worker: uuid.UUID, context: TaskContext) -> Any:
    return Job.objects.filter(pk=context.job_id, state=JobState.RUNNING, worker=worker, attempts=context.attempt)


def _end(job: Job, state: JobState, error: str = "") -> None:
    job.state, job.due, job.worker, job.finished, job.error = state, None, None, timezone.now(), error or job.error
    job.save(update_fields=["state", "due", "worker", "finished", "error"])


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
