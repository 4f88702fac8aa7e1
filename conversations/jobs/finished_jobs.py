"""Jobs that are over stay for a while, to be looked at."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from conversations.models import OVER, Job

from .tasks import task

KEPT = timedelta(days=30)


@task(title="Delete old background jobs")
def delete_old_jobs() -> str:
    """Those that have been over for thirty days."""
    deleted, _ = Job.objects.filter(state__in=OVER, finished__lt=timezone.now() - KEPT).delete()
    return f"{deleted} job{'' if deleted == 1 else 's'} deleted."
