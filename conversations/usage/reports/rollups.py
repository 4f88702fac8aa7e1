"""Rolls up days of the ledger that are over, each exactly once, whichever process comes first."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from conversations.jobs.context import TaskContext
from conversations.jobs.tasks import task
from conversations.models import Attempt, PersonalRollUp, RolledUpDay, RollUp, SignRollUp

from . import from_ledger, users
from .figures import COUNTS, HISTOGRAMS, KINDS, Figures

MARGIN = timedelta(minutes=10)
"""After midnight: what was stamped before it has surely been committed by then."""
DAY = timedelta(days=1)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def waiting(now: datetime | None = None) -> list[date]:
    """Days that are over and not rolled up, oldest first."""
    first = Attempt.objects.order_by("recorded").values_list("recorded", flat=True).first()
    if first is None:
        return []
    start, end = first.astimezone(UTC).date(), ((now or timezone.now()) - MARGIN).astimezone(UTC).date()
    done = set(RolledUpDay.objects.filter(day__gte=start).values_list("day", flat=True))
    return [day for day in (start + number * DAY for number in range((end - start).days)) if day not in done]


def roll_up(day: date) -> bool:
    """Write the day's roll-ups. False where another process was quicker."""
    start, end = midnight(day), midnight(day + DAY)
    # Counted before the transaction, which would keep others from writing; a day that is over changes no more.
    rows = [
        RollUp(
            day=day,
            provider_id=alike.provider,
            model=alike.model,
            key_id=alike.key,
            prompt_version_id=alike.version,
            purpose=alike.purpose,
            kind=alike.kind,
            **{name: getattr(figures, name) for name in (*COUNTS, *KINDS, *HISTOGRAMS)},
        )
        for alike, figures in from_ledger.counted(start, end).items()
    ]
    personal = [
        PersonalRollUp(day=day, owner_id=owner, model=model, kind=kind, **use._asdict())
        for (owner, model, kind), use in users.counted(start, end).items()
    ]
    try:
        with transaction.atomic():
            RolledUpDay.objects.create(day=day)  # first: a second process waits here, and then finds it taken
            RollUp.objects.bulk_create(rows)
            PersonalRollUp.objects.bulk_create(personal)
    except IntegrityError:
        if not RolledUpDay.objects.filter(day=day).exists():
            raise
        return False
    return True


def roll_up_waiting(now: datetime | None = None) -> list[date]:
    """All that wait; answers those that were done here."""
    return [day for day in waiting(now) if roll_up(day)]


@transaction.atomic
def forget(first: date, last: date) -> None:
    """Let these days be rolled up again, because their attempts are not what they were."""
    for model in (RolledUpDay, RollUp, PersonalRollUp, SignRollUp):
        model._default_manager.filter(day__range=(first, last)).delete()


def figures(row: tuple[object, ...]) -> Figures:
    """From the columns of a roll-up, in the order of COUNTS, KINDS and HISTOGRAMS."""
    counts = len(COUNTS)
    whole = Figures(*row[:counts])  # type: ignore[arg-type]
    for name, stored in zip(KINDS, row[counts:], strict=False):
        getattr(whole, name).update(stored)
    for name, stored in zip(HISTOGRAMS, row[counts + len(KINDS) :], strict=True):
        getattr(whole, name).update({int(step): number for step, number in stored.items()})  # type: ignore[attr-defined]
    return whole


@task(title="Add up past days for the reports", takes_context=True)
def roll_up_past_days(context: TaskContext) -> str:
    """All that wait, a day at a time."""
    days = waiting()
    for number, day in enumerate(days):
        context.progress(number, len(days))
        roll_up(day)
    return f"{len(days)} day{'' if len(days) == 1 else 's'} rolled up."
