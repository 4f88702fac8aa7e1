"""Takes due jobs from the queue and runs them in threads, beside the event loop and its one thread for the database.

At least once: a job whose process is killed begins again when its lease has run out. Never twice at the same time, as far as its function
calls `progress` or `check`: a worker that couldn't renew a lease tells it to stop before another one may take the job.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from time import monotonic, sleep

from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.utils import timezone

from conversations import logs
from conversations.models import Job, JobState

from . import leases, queue, tasks
from .context import Reason, Stopped
from .lanes import kinds_with_room
from .run import Run
from .schedule import Daily, put_due

log = logging.getLogger(__name__)

DATABASE_ERRORS = (DatabaseError, InterfaceError)
GIVE_BACK_SECONDS = 2.0
"""What a job has to stop in when its worker stops."""
LEAVE_SECONDS = 3.0
EXIT = timedelta(seconds=5)
"""By then a process that leaves a job running has ended."""
UNKNOWN_FOR, UNKNOWN_PAUSE = timedelta(hours=1), timedelta(seconds=10)
"""For so long a job that this version doesn't know is left to a worker of another one: processes are replaced one after the other."""


class Worker:
    """Works from `start` until `drain`, as one of any number."""

    def __init__(self, schedule: Sequence[Daily] = ()) -> None:
        self.id = uuid.uuid4()
        self._schedule, self._slots = schedule, [""]
        self._runs: set[Run] = set()  # of one job there may be two: the next attempt begins once the end of the last one is written
        self._one_ended = threading.Condition()
        self._is_draining = self._is_leaving = self._is_database_away = False
        self._thread = threading.Thread(target=self._work, name="worker", daemon=True)

    def start(self) -> None:
        if not self._is_draining:
            self._thread.start()

    def drain(self, seconds: float) -> None:
        """Take nothing any more, give running jobs so long to end, and give back the rest. Returns within some seconds more.

        Called again meanwhile, with fewer seconds, it hurries.
        """
        with self._one_ended:
            self._is_draining = True
        if not self._until_idle(seconds):
            for run in tuple(self._runs):
                run.context.stop(Reason.GIVEN_BACK)
            self._until_idle(GIVE_BACK_SECONDS)
        self._is_leaving = True
        queue.changed.set()
        if self._thread.is_alive():
            self._thread.join(LEAVE_SECONDS)

    def _until_idle(self, seconds: float) -> bool:
        with self._one_ended:
            return self._one_ended.wait_for(lambda: not self._runs, seconds)

    # The worker's own thread
    def _work(self) -> None:
        while not self._is_leaving:
            queue.changed.clear()
            try:
                self._beat()
                self._is_database_away = False
            except DATABASE_ERRORS as error:
                if not self._is_database_away:
                    log.warning("Background jobs wait for the database: %s", error)
                self._is_database_away = True
            except Exception:
                log.exception("Looking for background jobs failed, which is tried again")
            queue.changed.wait(leases.BEAT_SECONDS if self._runs else leases.POLL_SECONDS)
        for run in tuple(self._runs):
            self._write(run, partial(queue.give_back, self.id, run.context, EXIT))
        connections.close_all()

    def _beat(self) -> None:
        try:
            self._renew()
            if not self._is_draining:
                self._put_scheduled()
                self._take()
        finally:
            self._stop_lost()
            close_old_connections()

    def _renew(self) -> None:
        runs = tuple(self._runs)
        if not runs:
            return
        before = monotonic()
        held = queue.renew(self.id, [run.context for run in runs])
        for run in runs:
            if run.job.pk in held:
                run.renewed = before
                if held[run.job.pk]:
                    run.context.stop(Reason.CANCELLED)
            elif run in self._runs:  # it hasn't ended meanwhile
                run.context.stop(Reason.LOST)

    def _stop_lost(self) -> None:
        oldest = monotonic() - (leases.DURATION - leases.MARGIN).total_seconds()
        for run in tuple(self._runs):
            if run.renewed < oldest:
                run.context.stop(Reason.LOST)

    def _put_scheduled(self) -> None:
        now = timezone.now()
        slots = [entry.slot(now) for entry in self._schedule]
        if slots != self._slots:
            put_due(self._schedule, now)
            self._slots = slots

    def _take(self) -> None:
        while not self._is_draining and (job := self._claimed()) is not None:
            run = Run(job)
            with self._one_ended:  # so that `drain`, which may find nothing running, knows of it, or else it is not begun
                if not (is_late := self._is_draining):
                    self._runs.add(run)
            if is_late:
                self._write(run, partial(queue.give_back, self.id, run.context))
                return
            threading.Thread(target=self._run, args=(run,), name=f"job {job.pk}", daemon=True).start()

    def _claimed(self) -> Job | None:
        kinds = kinds_with_room(run.lane for run in tuple(self._runs))
        return queue.claim(self.id, kinds, tasks.give_up) if kinds else None

    # A thread for each job

    def _run(self, run: Run) -> None:
        logs.job_id.set(str(run.job.pk))
        try:
            end = self._attempt(run)
            self._write_patiently(run, end)
        finally:
            connections.close_all()
            with self._one_ended:
                self._runs.remove(run)
                self._one_ended.notify_all()
            queue.changed.set()  # for the next one

    def _attempt(self, run: Run) -> Callable[[], bool]:
        """Returns what writes how it ended."""
        job, context = run.job, run.context
        try:
            outcome = tasks.find(job.kind).call(context, job.arguments)
        except Stopped as stopped:
            if stopped.reason != Reason.CANCELLED:
                return partial(queue.give_back, self.id, context)
            return partial(tasks.end_and_give_up, job, partial(queue.finish, self.id, context, JobState.CANCELLED))
        except tasks.UnknownTask:
            error = "This version of the program has no such job."
            if timezone.now() - job.created < UNKNOWN_FOR:
                return lambda: queue.give_back(self.id, context, UNKNOWN_PAUSE, error)
            return self._failed(run, error)
        except DATABASE_ERRORS as error:
            log.warning("Job %s (%s) failed in attempt %d: %s", job.pk, job.kind, job.attempts, error)
            return self._failed(run, "The database could not be used.")
        except Exception as error:
            log.exception("Job %s (%s) failed in attempt %d", job.pk, job.kind, job.attempts)
            return self._failed(run, f"A mistake of the program ({type(error).__name__}); the log has it, with this job’s id.")
        return lambda: queue.finish(self.id, context, JobState.DONE, outcome)

    def _failed(self, run: Run, error: str) -> Callable[[], bool]:
        failed = partial(queue.fail, self.id, run.context, error, run.job.max_attempts)
        return partial(tasks.end_and_give_up, run.job, failed) if run.job.attempts >= run.job.max_attempts else failed

    def _write_patiently(self, run: Run, end: Callable[[], bool]) -> None:
        """Until the database takes it. Meanwhile the worker renews the lease as soon as it can, and no other worker runs the job."""
        while not self._write(run, end) and not self._is_leaving:
            sleep(1)

    def _write(self, run: Run, end: Callable[[], bool]) -> bool:
        """False where the database doesn't take it now."""
        close_old_connections()  # through one that broke while the job ran, nothing would ever be written
        try:
            if not end():
                log.warning("Job %s (%s) was taken over by another worker", run.job.pk, run.job.kind)
        except DATABASE_ERRORS as error:
            log.warning("The end of job %s (%s) waits for the database: %s", run.job.pk, run.job.kind, error)
            return False
        return True
