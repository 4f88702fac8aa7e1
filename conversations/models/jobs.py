from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from .identifiers import new_id


class JobState(models.TextChoices):
    WAITING = "waiting", "waiting"
    RUNNING = "running", "running"
    DONE = "done", "done"
    FAILED = "failed", "failed for good"
    CANCELLED = "cancelled", "cancelled"


LEFT_WAITING_AFTER = timedelta(minutes=5)
OVER = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class JobQuerySet(models.QuerySet["Job"]):
    def due(self, now: datetime | None = None) -> Self:
        """What a worker may take, the longest due first: jobs whose time has come, and those whose worker is gone."""
        return self.filter(due__lte=now or timezone.now()).order_by("due")

    def left_waiting(self, now: datetime) -> Self:
        """What has been due for minutes, while no worker runs anything: there seems to be none."""
        running = Job.objects.filter(state=JobState.RUNNING, due__gte=now)
        return self.due(now - LEFT_WAITING_AFTER).filter(~Exists(running))

    def unresolved(self) -> Self:
        """What failed for good, unless a later job did what the schedule wanted of it."""
        later = Job.objects.filter(kind=OuterRef("kind"), slot__isnull=False, state=JobState.DONE, id__gt=OuterRef("id"))
        return self.filter(Q(slot=None) | ~Exists(later), state=JobState.FAILED)


class Job(models.Model):
    """A call of a task in the background, which survives the process that runs it (see `conversations.jobs`)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=200, help_text="The module and name of its task.")
    arguments = models.JSONField(default=dict)
    slot = models.CharField(max_length=250, null=True, unique=True, help_text="Which run of the schedule it is.")  # noqa: DJ001  (no slot twice)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.WAITING)
    due = models.DateTimeField(
        null=True,
        default=timezone.now,
        help_text="When a worker may take it: while it runs, the end of its worker’s lease. None once it is over.",
    )
    worker = models.UUIDField(null=True, help_text="Which worker runs it.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often it was begun.")
    max_attempts = models.PositiveSmallIntegerField()
    cancel_asked = models.BooleanField(default=False)
    done = models.PositiveIntegerField(null=True, help_text="How much of `total` is done.")
    total = models.PositiveIntegerField(null=True)
    outcome = models.TextField(blank=True, help_text="What it did, in a sentence.")
    error = models.TextField(blank=True, help_text="Why its last attempt failed, in a sentence.")
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, help_text="When its last attempt began.")
    finished = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "background job"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due"], condition=Q(due__isnull=False), name="jobs_that_are_not_over"),
            models.Index(fields=["kind"], condition=Q(state="failed"), name="jobs_that_failed"),
        ]

    def __str__(self) -> str:
        return f"Job {self.pk}"

    @property
    def is_over(self) -> bool:
        return self.state in OVER
