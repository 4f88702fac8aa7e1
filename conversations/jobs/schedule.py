"""What is to be done every day, once for all processes: each day's run is a job with a slot of its own, which only one of them can make."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from conversations.models import Job

from .tasks import Task


class Daily(NamedTuple):
    task: Task
    at: time
    """In UTC."""

    def last(self, now: datetime) -> datetime:
        """When it was last to be run. A start finds that here, too, so that what a stopped server missed is made up for once."""
        today = datetime.combine(now.astimezone(UTC).date(), self.at, UTC)
        return today if today <= now else today - timedelta(days=1)

    def slot(self, now: datetime) -> str:
        return f"{self.task.kind} {self.last(now):%Y-%m-%d}"


def put_due(schedule: Iterable[Daily], now: datetime) -> None:
    """Put into the queue what is due and isn't there yet."""
    slots = {entry.slot(now): entry.task for entry in schedule}
    there = set(Job.objects.filter(slot__in=slots).values_list("slot", flat=True))
    missing = [Job(kind=task.kind, slot=slot, max_attempts=task.max_attempts) for slot, task in slots.items() if slot not in there]
    if missing:
        Job.objects.bulk_create(missing, ignore_conflicts=True)
