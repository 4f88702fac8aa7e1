"""Background jobs that need an administrator."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from conversations.admin.base.permissions import may
from conversations.admin.jobs.columns import title
from conversations.admin.reports.current_problems import Action, Problem
from conversations.models import Job, JobState

MOST_SHOWN = 5


def problems(user: Any, now: datetime) -> list[Problem]:
    """Those that failed for good, newest first, and whether nothing runs any."""
    failed = list(Job.objects.unresolved()[: MOST_SHOWN + 1])
    found = [_failed(job, user) for job in failed[:MOST_SHOWN]]
    jobs = reverse("admin:conversations_job_changelist")
    if len(failed) > MOST_SHOWN:
        found.append(Problem("More background jobs", "failed for good.", link=f"{jobs}?state__exact={JobState.FAILED}"))
    if Job.objects.left_waiting(now).exists():
        advice = "Start manage.py work, or set JOBS_IN_SERVE=on in .env and restart."
        found.append(Problem("Background jobs", "are due, and", "no process runs them", advice=advice, link=jobs))
    return found


def _failed(job: Job, user: Any) -> Problem:
    names = (("Run again", "again"), ("Dismiss", "cancel")) if may(user, "change", "job") else ()
    actions = tuple(Action(label, reverse(f"admin:conversations_job_{name}", args=[job.pk])) for label, name in names)
    page = reverse("admin:conversations_job_change", args=[job.pk])
    return Problem(title(job.kind), "failed for good:", job.error.removesuffix("."), link=page, actions=actions)
