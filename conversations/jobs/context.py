"""What a task's function is told of its job, and how it is asked to stop."""

from __future__ import annotations

from enum import Enum

from conversations.models import Job


class Reason(Enum):
    """Why a job is to stop."""

    CANCELLED = "an administrator cancelled it"
    GIVEN_BACK = "its worker stops"
    LOST = "its worker lost the lease"


class Stopped(BaseException):
    """Raised in a function whose job is to stop. No `Exception`, so that a function that goes on after errors doesn't go on after this."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class TaskContext:
    """The function calls `progress` or `check` between two pieces of its work; the worker calls `stop` from another thread."""

    def __init__(self, job: Job) -> None:
        self.job_id = job.pk
        self.attempt = job.attempts
        self.done: int | None = None
        self.total: int | None = None
        self._reason: Reason | None = None

    def progress(self, done: int, total: int) -> None:
        """Say how far the job is, which the worker writes with its lease. Raises Stopped where it is to stop."""
        self.done, self.total = done, total
        self.check()

    def check(self) -> None:
        """Raises Stopped where the job is to stop."""
        if self._reason is not None:
            raise Stopped(self._reason)

    def stop(self, reason: Reason) -> None:
        """The first reason counts."""
        self._reason = self._reason or reason
