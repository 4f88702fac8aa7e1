"""What was used in a month, by subject: counters that are kept in step with the ledger. Everything here belongs into a transaction."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from conversations.models import USERS_OWN, Attempt, BudgetKind, Reservation, Spending
from conversations.usage.limits import in_force, locks
from conversations.usage.limits.in_force import SITE, TRIALS

from . import months

COUNTING = "spending"
"""Held while a counter is made from the ledger; shared by all who add to both, so that nothing is counted twice or not at all."""


class Used(NamedTuple):
    """Nanodollars and tokens; of one kind its units, too: pictures, milliseconds of audio, or files."""

    cost: int = 0
    tokens: int = 0
    units: int = 0

    def plus(self, other: Used) -> Used:
        return Used(self.cost + other.cost, self.tokens + other.tokens, self.units + other.units)


NOTHING = Used()
Taken = Mapping[str, Used]
"""What was used, by `BudgetKind`, and under "" all together, without units."""


def taken(attempts: Iterable[Attempt]) -> Taken:
    """By these attempts."""
    found: dict[str, Used] = {}
    for one in attempts:
        _count(found, one.kind, one.cost, one.input_tokens, one.output_tokens, *(getattr(one, name) for name in _UNITS))
    return found


def _count(found: dict[str, Used], kind: str, cost: int | None, read: int | None, written: int | None, *units: int | None) -> None:
    budget = BudgetKind.of(kind)
    counted = dict(zip(_UNITS, units, strict=True))
    of_kind = sum(counted[name] or 0 for name in _UNITS_OF.get(budget, ()))
    used = Used(cost or 0, (read or 0) + (written or 0))
    found[""] = found.get("", Used()).plus(used)
    found[budget] = found.get(budget, Used()).plus(used._replace(units=of_kind))


_UNITS = ("pictures", "heard_ms", "spoken_ms", "files")
_UNITS_OF = {BudgetKind.PICTURES: ("pictures",), BudgetKind.AUDIO: ("heard_ms", "spoken_ms"), BudgetKind.FILES: ("files",)}


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
    return {in_force.of_kind(subject, kind) for subject in subjects for kind in ("", *in_force.kinds())}


def release(reservation: Reservation, taken: Taken) -> None:
    """Move what was reserved to what was used."""
    found = [(row.pk, row.subject) for row in _rows(reservation.subjects, reservation.month).select_for_update()]
    for kind, keys in _by_kind(found).items():
        held = Used(reservation.cost, reservation.tokens, reservation.units if kind else 0)
        _change(keys, taken.get(kind, Used()), held)


def _by_kind(found: Iterable[tuple[int, str]]) -> dict[str, list[int]]:
    keys: dict[str, list[int]] = {}
    for key, subject in found:
        keys.setdefault(in_force.kind_of(subject), []).append(key)
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


def of_ledger(attempts: QuerySet[Attempt]) -> Taken:
    found: dict[str, Used] = {}
    sums = ("cost", "input_tokens", "output_tokens", *_UNITS)
    for row in attempts.order_by().values_list("kind").annotate(**{f"sum_{name}": Sum(name) for name in sums}):
        _count(found, *row)
    return found


def attempts_of(month: date) -> QuerySet[Attempt]:
    """The attempts of a month that count as users' own."""
    return _attempts(month).filter(purpose__in=USERS_OWN)


def in_ledger(subject: str, month: date) -> Used:
    """What the ledger says of the subject's month. A group's are those of its members of today."""
    return _in_ledger([subject], month).get(subject, Used())


_COUNTED = ["spent_cost", "spent_tokens", "spent_units", "reserved_cost", "reserved_tokens", "reserved_units", "counted", "is_fresh"]
_SUMS = {"cost": Sum("cost"), "input": Sum("input_tokens"), "output": Sum("output_tokens"), **{name: Sum(name) for name in _UNITS}}
_FEW = 500
"""So many people are looked for by name; of more, everybody is counted."""


def _used(sums: Mapping[str, Any], kind: str = "") -> Used:
    units = sum(sums[name] or 0 for name in _UNITS_OF.get(BudgetKind(kind), ())) if kind else 0
    return Used(sums["cost"] or 0, (sums["input"] or 0) + (sums["output"] or 0), units)


def _attempts(month: date) -> QuerySet[Attempt]:
    begin, end = months.beginning(month), months.beginning(months.following(month))
    return Attempt.objects.filter(recorded__gte=begin, started__gte=begin, started__lt=end).order_by()


def _in_ledger(names: Collection[str], month: date) -> dict[str, Used]:
    """By subject, in a query for each sort of them, of one kind or of all."""
    found: dict[str, Used] = {}
    for kind in {in_force.kind_of(name) for name in names}:
        whose = [name.partition("#")[0] for name in names if in_force.kind_of(name) == kind]
        for subject, used in _of_kind_in_ledger(whose, month, kind).items():
            found[in_force.of_kind(subject, kind)] = used
    return found


def _of_kind_in_ledger(names: Collection[str], month: date, kind: str) -> dict[str, Used]:
    attempts = attempts_of(month)
    if kind:
        attempts = attempts.filter(kind__in=BudgetKind(kind).counted)
    used = partial(_used, kind=kind)
    found: dict[str, Used] = {}
    if SITE in names:
        found[SITE] = used(attempts.aggregate(**_SUMS))
    if TRIALS in names:
        found[TRIALS] = used(_attempts(month).exclude(purpose__in=USERS_OWN).aggregate(**_SUMS))
    people = [uuid.UUID(name.partition(":")[2]) for name in names if name.startswith("user:")]
    if people:
        those = attempts.filter(owner__in=people) if len(people) <= _FEW else attempts
        found |= {f"user:{sums['owner']}": used(sums) for sums in those.values("owner").annotate(**_SUMS)}
    tokens = [uuid.UUID(name.partition(":")[2]) for name in names if name.startswith("token:")]
    if tokens:
        those = attempts.filter(token__in=tokens)
        found |= {f"token:{sums['token']}": used(sums) for sums in those.values("token").annotate(**_SUMS)}
    groups = [int(name.partition(":")[2]) for name in names if name.startswith("group:")]
    if groups:
        those = attempts.filter(owner__groups__in=groups)
        found |= {f"group:{sums['owner__groups']}": used(sums) for sums in those.values("owner__groups").annotate(**_SUMS)}
    return found


def _counted(names: Collection[str], month: date) -> list[Spending]:
    spent, now = _in_ledger(names, month), timezone.now()
    counted = {}
    for name in names:
        used = spent.get(name, Used())
        amounts = {f"spent_{amount}": number for amount, number in used._asdict().items()}
        counted[name] = Spending(subject=name, month=month, **amounts, counted=now)
    for held in Reservation.objects.filter(month=month):
        for name in counted.keys() & set(held.subjects):
            counted[name].reserved_cost += held.cost
            counted[name].reserved_tokens += held.tokens
            counted[name].reserved_units += held.units if in_force.kind_of(name) else 0
    return list(counted.values())


def _rows(names: Iterable[str], month: date) -> QuerySet[Spending]:
    return Spending.objects.filter(subject__in=list(names), month=month).order_by("subject")
