"""Versions of prompts that are to become live at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .identifiers import new_id
from .jobs import Job
from .prompt_versions import PromptVersion
from .prompts import SystemPrompt

LATE = timedelta(minutes=5)
"""After its time, when something is wrong with what should have published it."""


class ScheduledPublicationQuerySet(models.QuerySet["ScheduledPublication"]):
    def needing_attention(self, now: datetime) -> Self:
        return self.exclude(Q(stopped="") & Q(at__gt=now - LATE))


class ScheduledPublication(models.Model):
    """At most one for each prompt; gone once it is done or cancelled. One that was stopped stays until it is dismissed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    prompt = models.OneToOneField(SystemPrompt, on_delete=models.CASCADE, related_name="scheduled")
    version = models.ForeignKey(PromptVersion, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    stopped = models.CharField(max_length=300, blank=True)
    """Why it didn't become live at its time: the end of a sentence."""
    created = models.DateTimeField(default=timezone.now)

    objects = ScheduledPublicationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Version {self.version.number} at {self.at}"

    @property
    def is_late(self) -> bool:
        return not self.stopped and self.at <= timezone.now() - LATE
