"""What a worker knows of a job that it runs."""

from __future__ import annotations

from time import monotonic

from conversations.models import Job

from . import tasks
from .context import TaskContext


class Run:
    """One attempt of a job in this worker."""

    def __init__(self, job: Job) -> None:
        self.job, self.lane, self.context = job, tasks.lane_of(job.kind), TaskContext(job)
        self.renewed = monotonic()
