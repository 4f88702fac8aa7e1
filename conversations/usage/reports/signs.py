"""What users did with answers without being asked, by prompt version: read from the conversations, where nearly all of it shows.

Of past days it is rolled up, and counted again for a week: after that hardly any user goes back to an answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime
from operator import add
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.utils import timezone

from conversations.jobs.context import TaskContext
from conversations.jobs.tasks import task
from conversations.models import Message, Role, RolledUpDay, SignRollUp, Status
from conversations.models.identifiers import first_id_at

from .rollups import DAY, midnight

DAYS_COUNTED_AGAIN = 8


class Signs(NamedTuple):
    """Of the answers that are still there and that ended by themselves or by a stop. An answer can have several signs."""

    answers: int = 0
    regenerated: int = 0
    """Another answer to its question came later."""
    edited: int = 0
    """Its question was edited later."""
    stopped: int = 0
    continued: int = 0
    """The conversation went on below it."""
    copied: int = 0

    def plus(self, other: Signs) -> Signs:
        return Signs(*map(add, self, other))


BySigns = dict[uuid.UUID | None, Signs]
"""By prompt version."""


def between(start: datetime, end: datetime) -> BySigns:
    """Of the answers that were begun from `start` until before `end`, as their conversations are now."""
    messages = Message.objects.filter(pk__gte=first_id_at(start), pk__lt=first_id_at(end))
    answers = messages.filter(role=Role.ASSISTANT, status__in=(Status.COMPLETE, Status.STOPPED)).order_by()
    later = Message.objects.filter(pk__gt=OuterRef("pk")).order_by()
    # Two ways to find versions of a question: those of a conversation's first one have no parent in common.
    edited = Exists(later.filter(parent=OuterRef("parent__parent"))) | (
        Q(parent__isnull=False, parent__parent__isnull=True)
        & Exists(later.filter(conversation=OuterRef("conversation"), parent__isnull=True))
    )
    rows = answers.values_list("prompt_version").annotate(
        answers=Count("pk"),
        regenerated=Count("pk", filter=Exists(later.filter(parent=OuterRef("parent")))),
        edited=Count("pk", filter=edited),
        stopped=Count("pk", filter=Q(status=Status.STOPPED)),
        continued=Count("pk", filter=Exists(Message.objects.filter(parent=OuterRef("pk")).order_by())),
        copied=Count("pk", filter=Q(copied=True)),
    )
    return {version: Signs(*counts) for version, *counts in rows}


def rolled_up(days: Iterable[date]) -> BySigns:
    """From the roll-ups of these days."""
    sums: dict[str, Any] = {f"sum_{name}": Sum(name) for name in Signs._fields}
    rows = SignRollUp.objects.filter(day__in=list(days)).values_list("prompt_version").annotate(**sums)
    return {version: Signs(*counts) for version, *counts in rows}


def roll_up(day: date) -> None:
    """Count the day's signs, in place of what was counted of it before."""
    start = midnight(day)
    rows = [SignRollUp(day=day, prompt_version_id=version, **signs._asdict()) for version, signs in between(start, start + DAY).items()]
    with transaction.atomic():
        if not RolledUpDay.objects.select_for_update().filter(day=day).exists():
            return  # forgotten meanwhile
        SignRollUp.objects.filter(day=day).delete()
        SignRollUp.objects.bulk_create(rows)
        RolledUpDay.objects.filter(day=day).update(has_signs=True)


def waiting(now: datetime) -> list[date]:
    """Days that are to be counted, or counted again, oldest first."""
    recent = now.astimezone(UTC).date() - DAYS_COUNTED_AGAIN * DAY
    return list(RolledUpDay.objects.filter(Q(has_signs=False) | Q(day__gte=recent)).order_by("day").values_list("day", flat=True))


@task(title="Count what users did with the answers of past days", takes_context=True)
def roll_up_signs(context: TaskContext) -> str:
    """Of days whose attempts are rolled up."""
    days = waiting(timezone.now())
    for number, day in enumerate(days):
        context.progress(number, len(days))
        roll_up(day)
    return f"{len(days)} day{'' if len(days) == 1 else 's'} counted."
