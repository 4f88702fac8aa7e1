"""What was used in a month, by subject: counters that are kept in step with the ledger. Everything here belongs into a transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from conversations.models import Attempt, Reservation, Spending

from . import locks, months
from .limits import SITE, subjects

COUNTING = "spending"
"""Held by whoever counts from the ledger; shared by all who add to both, so that nothing is counted twice or not at all."""


class Used(NamedTuple):
    """Nanodollars and tokens."""

    cost: int = 0
    tokens: int = 0


def locked(names: Iterable[str], month: date) -> dict[str, Spending]:
    """The counters of these subjects, made from the ledger where they are missing; nobody else changes them until the transaction ends."""
    names = sorted(names)
    known = set(Spending.objects.filter(subject__in=names, month=month).values_list("subject", flat=True))
    if missing := [name for name in names if name not in known]:
        locks.hold([COUNTING])
        Spending.objects.bulk_create((_counted(name, month) for name in missing), ignore_conflicts=True)
    return {row.subject: row for row in _rows(names, month).select_for_update()}


def add(owner_id: uuid.UUID, month: date, used: Used, but: Iterable[str] = ()) -> None:
    """Count something that was used at every subject of the person that has a counter, except for these."""
    names = set(subjects(owner_id)) - set(but)
    keys = [row.pk for row in _rows(names, month).select_for_update()]
    if keys:
        Spending.objects.filter(pk__in=keys).update(spent_cost=F("spent_cost") + used.cost, spent_tokens=F("spent_tokens") + used.tokens)


def release(reservation: Reservation, used: Used) -> None:
    """Move what was reserved to what was used."""
    keys = [row.pk for row in _rows(reservation.subjects, reservation.month).select_for_update()]
    Spending.objects.filter(pk__in=keys).update(
        reserved_cost=F("reserved_cost") - reservation.cost,
        reserved_tokens=F("reserved_tokens") - reservation.tokens,
        spent_cost=F("spent_cost") + used.cost,
        spent_tokens=F("spent_tokens") + used.tokens,
    )


def recount(month: date, names: Iterable[str] | None = None) -> None:
    """Count these counters (None: all of the month) anew from the ledger and from what is reserved."""
    locks.hold([COUNTING])
    rows = Spending.objects.filter(month=month) if names is None else _rows(names, month)
    for row in rows.order_by("subject").select_for_update():
        fresh = _counted(row.subject, month)
        for field in ("spent_cost", "spent_tokens", "reserved_cost", "reserved_tokens", "counted", "is_fresh"):
            setattr(row, field, getattr(fresh, field))
        row.save()


def of_ledger(attempts: QuerySet[Attempt]) -> Used:
    sums = attempts.order_by().aggregate(
        cost=Coalesce(Sum("cost"), 0), input=Coalesce(Sum("input_tokens"), 0), output=Coalesce(Sum("output_tokens"), 0)
    )
    return Used(sums["cost"], sums["input"] + sums["output"])


def in_ledger(subject: str, month: date) -> Used:
    """What the ledger says of the subject's month. A group's are those of its members of today."""
    begin, end = months.beginning(month), months.beginning(months.following(month))
    attempts = Attempt.objects.filter(recorded__gte=begin, started__gte=begin, started__lt=end)
    return of_ledger(attempts.filter(_owners(subject)))


def _owners(subject: str) -> Q:
    if subject == SITE:
        return Q()
    kind, _, key = subject.partition(":")
    return Q(owner__groups=int(key)) if kind == "group" else Q(owner=uuid.UUID(key))


def _counted(subject: str, month: date) -> Spending:
    spent = in_ledger(subject, month)
    held = [row for row in Reservation.objects.filter(month=month) if subject in row.subjects]
    return Spending(
        subject=subject,
        month=month,
        spent_cost=spent.cost,
        spent_tokens=spent.tokens,
        reserved_cost=sum(row.cost for row in held),
        reserved_tokens=sum(row.tokens for row in held),
        counted=timezone.now(),
    )


def _rows(names: Iterable[str], month: date) -> QuerySet[Spending]:
    return Spending.objects.filter(subject__in=list(names), month=month).order_by("subject")
