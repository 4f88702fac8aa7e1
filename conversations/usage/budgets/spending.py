"""What was used in a month, by subject: counters that are kept in step with the ledger. Everything here belongs into a transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from conversations.models import USERS_OWN, Attempt, Reservation, Spending
from conversations.usage.limits import locks
from conversations.usage.limits.in_force import SITE, TRIALS, subjects

from . import months

COUNTING = "spending"
"""Held while a counter is made from the ledger; shared by all who add to both, so that nothing is counted twice or not at all."""


class Used(NamedTuple):
    """Nanodollars and tokens."""

    cost: int = 0
    tokens: int = 0


def locked(names: Iterable[str], month: date) -> dict[str, Spending]:
    """The counters of these subjects, made from the ledger where they are missing; no other transaction changes them until the end."""
    names = sorted(names)
    known = set(Spending.objects.filter(subject__in=names, month=month).values_list("subject", flat=True))
    if missing := [name for name in names if name not in known]:
        locks.hold([COUNTING])
        Spending.objects.bulk_create(_counted(missing, month), ignore_conflicts=True)
    return {row.subject: row for row in _rows(names, month).select_for_update()}


def add(owner_id: uuid.UUID, month: date, used: Used, but: Iterable[str] = (), token_id: uuid.UUID | None = None) -> None:
    """Count something that was used at every subject of the person (and of the API token) that has a counter, except for these."""
    names = set(subjects(owner_id, token_id)) - set(but)
    keys = [row.pk for row in _rows(names, month).select_for_update()]
    if keys:
        Spending.objects.filter(pk__in=keys).update(spent_cost=F("spent_cost") + used.cost, spent_tokens=F("spent_tokens") + used.tokens)


def add_to_trials(month: date, used: Used) -> None:
    """Count what trials used, where they have a counter."""
    Spending.objects.filter(subject=TRIALS, month=month).update(
        spent_cost=F("spent_cost") + used.cost, spent_tokens=F("spent_tokens") + used.tokens
    )


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
    """Count these counters (None: all of the month) from the ledger and from what is reserved. Others wait, so it is done at once."""
    locks.hold([COUNTING])
    rows = Spending.objects.filter(month=month) if names is None else _rows(names, month)
    old = {row.subject: row for row in rows.order_by("subject").select_for_update()}
    for fresh in _counted(old, month):
        row = old[fresh.subject]
        for field in _COUNTED:
            setattr(row, field, getattr(fresh, field))
    Spending.objects.bulk_update(old.values(), _COUNTED, batch_size=500)


def of_ledger(attempts: QuerySet[Attempt]) -> Used:
    return _used(attempts.order_by().aggregate(**_SUMS))


def attempts_of(month: date) -> QuerySet[Attempt]:
    """The attempts of a month that count as users' own."""
    return _attempts(month).filter(purpose__in=USERS_OWN)


def in_ledger(subject: str, month: date) -> Used:
    """What the ledger says of the subject's month. A group's are those of its members of today."""
    return _in_ledger([subject], month).get(subject, Used())


_COUNTED = ["spent_cost", "spent_tokens", "reserved_cost", "reserved_tokens", "counted", "is_fresh"]
_SUMS = {"cost": Sum("cost"), "input": Sum("input_tokens"), "output": Sum("output_tokens")}
_FEW = 500
"""So many people are looked for by name; of more, everybody is counted."""


def _used(sums: Mapping[str, Any]) -> Used:
    return Used(sums["cost"] or 0, (sums["input"] or 0) + (sums["output"] or 0))


def _attempts(month: date) -> QuerySet[Attempt]:
    begin, end = months.beginning(month), months.beginning(months.following(month))
    return Attempt.objects.filter(recorded__gte=begin, started__gte=begin, started__lt=end).order_by()


def _in_ledger(names: Collection[str], month: date) -> dict[str, Used]:
    """By subject, in a query for each kind of them."""
    of_month, attempts = _attempts(month), attempts_of(month)
    found: dict[str, Used] = {}
    if SITE in names:
        found[SITE] = of_ledger(attempts)
    if TRIALS in names:
        found[TRIALS] = of_ledger(of_month.exclude(purpose__in=USERS_OWN))
    people = [uuid.UUID(name.partition(":")[2]) for name in names if name.startswith("user:")]
    if people:
        those = attempts.filter(owner__in=people) if len(people) <= _FEW else attempts
        found |= {f"user:{sums['owner']}": _used(sums) for sums in those.values("owner").annotate(**_SUMS)}
    tokens = [uuid.UUID(name.partition(":")[2]) for name in names if name.startswith("token:")]
    if tokens:
        those = attempts.filter(token__in=tokens)
        found |= {f"token:{sums['token']}": _used(sums) for sums in those.values("token").annotate(**_SUMS)}
    groups = [int(name.partition(":")[2]) for name in names if name.startswith("group:")]
    if groups:
        those = attempts.filter(owner__groups__in=groups)
        found |= {f"group:{sums['owner__groups']}": _used(sums) for sums in those.values("owner__groups").annotate(**_SUMS)}
    return found


def _counted(names: Collection[str], month: date) -> list[Spending]:
    spent, now = _in_ledger(names, month), timezone.now()
    counted = {}
    for name in names:
        used = spent.get(name, Used())
        counted[name] = Spending(subject=name, month=month, spent_cost=used.cost, spent_tokens=used.tokens, counted=now)
    for held in Reservation.objects.filter(month=month):
        for name in counted.keys() & set(held.subjects):
            counted[name].reserved_cost += held.cost
            counted[name].reserved_tokens += held.tokens
    return list(counted.values())


def _rows(names: Iterable[str], month: date) -> QuerySet[Spending]:
    return Spending.objects.filter(subject__in=list(names), month=month).order_by("subject")
