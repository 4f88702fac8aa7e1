"""Deletes sessions that have expired: Django leaves them in the database."""

from __future__ import annotations

from django.contrib.sessions.models import Session
from django.utils import timezone

from conversations.jobs.context import TaskContext
from conversations.jobs.tasks import task

BATCH_SIZE = 500
"""So that no transaction is long: SQLite has one writer."""


@task(title="Delete expired sessions", takes_context=True)
def delete_expired_sessions(context: TaskContext) -> str:
    """All that have expired, a batch at a time."""
    deleted = 0
    while batch := delete_some():
        deleted += batch
        context.check()
    return f"{deleted:,} session{'' if deleted == 1 else 's'} deleted."


def delete_some() -> int:
    """Returns how many there were, at most a batch."""
    keys = list(Session.objects.filter(expire_date__lt=timezone.now()).values_list("pk", flat=True)[:BATCH_SIZE])
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)
