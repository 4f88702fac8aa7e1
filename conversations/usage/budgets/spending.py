"""What was used in a month, by subject: counters that are kept in step with the ledger. Everything here belongs into a transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import F, QuerySet
from django.utils import timezone

from conversations.models import Reservation, Spending
from conversations.usage.limits import in_force, locks, subject_names

from . import ledger_sums
from .used import NOTHING, Taken, Used

COUNTING = "spending"
"""Held while a counter is made from the ledger; shared by all who add to both, so that nothing is counted twice or not at all."""
_COUNTED = ["spent_cost", "spent_tokens", "spent_units", "reserved_cost", "reserved_tokens", "reserved_units", "counted", "is_fresh"]


def locked(names: Iterable[str], month: date) -> dict[str, Spending]:
    """The counters of these subjects, made from the ledger where they are missing; no other transaction changes them until the end."""
    names = sorted(names)
    known = set(Spending.objects.filter(subject__in=names, month=month).values_list("subject", flat=True))
    if missing := [name for name in names if name not in known]:
        locks.hold([COUNTING])
        Spending.objects.bulk_create(_counted(missing, month), ignore_conflicts=True)
    return {row.subject: row for row in _rows(names, month).select_for_update()}


def add(names: Iterable[str], month: date, taken: Taken) -> None:
    """Count something that was used at those of these subjects that have a counter."""
    found = [(row.pk, row.subject) for row in _rows(names, month).select_for_update()]
    for kind, keys in _by_kind(found).items():
        _change(keys, taken.get(kind, Used()))


def everywhere(subjects: Iterable[str]) -> set[str]:
    """These, and each for every kind that has a budget of its own."""
    subjects = list(subjects)
    return {subject_names.of_kind(subject, kind) for subject in subjects for kind in ("", *in_force.kinds())}


def release(reservation: Reservation, taken: Taken) -> None:
    """Move what was reserved to what was used."""
    found = [(row.pk, row.subject) for row in _rows(reservation.subjects, reservation.month).select_for_update()]
    for kind, keys in _by_kind(found).items():
        held = Used(reservation.cost, reservation.tokens, reservation.units if kind else 0)
        _change(keys, taken.get(kind, Used()), held)


def _by_kind(found: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    keys: dict[str, list[int]] = {}
    for key, subject in found:
        keys.setdefault(subject_names.kind_of(subject), []).append(key)
    return keys


def _change(keys: list[int], used: Used, released: Used = NOTHING) -> None:
    amounts = {f"spent_{name}": F(f"spent_{name}") + amount for name, amount in used._asdict().items() if amount}
    amounts |= {f"reserved_{name}": F(f"reserved_{name}") - amount for name, amount in released._asdict().items() if amount}
    if amounts:
        Spending.objects.filter(pk__in=keys).update(**amounts)


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


def _counted(names: Collection[str], month: date) -> list[Spending]:
    spent, now = ledger_sums.by_subject(names, month), timezone.now()
    counted = {}
    for name in names:
        used = spent.get(name, Used())
        amounts = {f"spent_{amount}": number for amount, number in used._asdict().items()}
        counted[name] = Spending(subject=name, month=month, **amounts, counted=now)
    for held in Reservation.objects.filter(month=month):
        for name in counted.keys() & set(held.subjects):
            counted[name].reserved_cost += held.cost
            counted[name].reserved_tokens += held.tokens
            counted[name].reserved_units += held.units if subject_names.kind_of(name) else 0
    return list(counted.values())


def _rows(names: Iterable[str], month: date) -> QuerySet[Spending]:
    return Spending.objects.filter(subject__in=list(names), month=month).order_by("subject")
