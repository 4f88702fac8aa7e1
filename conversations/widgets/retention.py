"""Visitors go with all that they said, once they haven't come back for as long as their widget says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from conversations.commands import deletion
from conversations.files import deletion as files
from conversations.jobs.context import TaskContext
from conversations.jobs.tasks import task
from conversations.models import Conversation, User, Visitor, Widget
from conversations.models.widgets import VisitorQuerySet

from .visitors import SEEN_NOTED_AFTER

AT_ONCE = 50
"""Users in one transaction."""


@task(title="Delete visitors who did not come back", takes_context=True)
def delete_old_visitors(context: TaskContext) -> str:
    """As the retention of each widget says."""
    deleted = 0
    for widget in Widget.objects.all():
        before = timezone.now() - timedelta(days=widget.keep_days) - SEEN_NOTED_AFTER
        old = Visitor.objects.of(widget).filter(last_seen__lt=before)
        while users := _some(old):
            context.check()
            deleted += delete(users)
    return f"{deleted:,} visitor{'' if deleted == 1 else 's'} deleted."


def delete_all(widget: Widget) -> None:
    """Delete every visitor of a widget that is about to be deleted, and their group. Call it in that transaction."""
    while users := _some(Visitor.objects.of(widget)):
        delete(users)


@transaction.atomic
def delete(users: Sequence[User]) -> int:
    """Delete these visitors with their conversations; replies that run are stopped. Returns how many."""
    deletion.announce(Conversation.objects.filter(owner__in=users).only("id", "owner"))
    files.forget(users)
    User.objects.filter(pk__in=[user.pk for user in users], is_visitor=True).delete()
    return len(users)


def _some(visitors: VisitorQuerySet) -> list[User]:
    return [visitor.user for visitor in visitors.select_related("user")[:AT_ONCE]]
