"""What the ledger says was used in a month, by subject: what counters are made from, and compared with."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import date
from functools import partial
from typing import Any

from django.db.models import QuerySet, Sum

from conversations.models import USERS_OWN, Attempt, BudgetKind
from conversations.usage.limits import subject_names
from conversations.usage.limits.subject_names import GROUP, SITE, TOKEN, TRIALS, USER

from . import months
from .used import UNITS, UNITS_OF, Taken, Used, count

_SUMS = {"cost": Sum("cost"), "input": Sum("input_tokens"), "output": Sum("output_tokens"), **{name: Sum(name) for name in UNITS}}
_FEW = 500
"""So many users are looked for by name; of more, all are counted."""


def by_kind(attempts: QuerySet[Attempt]) -> Taken:
    """What these attempts used."""
    found: dict[str, Used] = {}
    sums = ("cost", "input_tokens", "output_tokens", *UNITS)
    for row in attempts.order_by().values_list("kind").annotate(**{f"sum_{name}": Sum(name) for name in sums}):
        count(found, *row)
    return found


def attempts_of(month: date) -> QuerySet[Attempt]:
    """The attempts of a month that count as users' own."""
    return _attempts(month).filter(purpose__in=USERS_OWN)


def of(subject: str, month: date) -> Used:
    """What the ledger says of the subject's month. A group's are those of its members of today."""
    return by_subject([subject], month).get(subject, Used())


def by_subject(names: Collection[str], month: date) -> dict[str, Used]:
    """By subject, in a query for each sort of them, of one kind or of all."""
    found: dict[str, Used] = {}
    for kind in {subject_names.kind_of(name) for name in names}:
        whose = [subject_names.of_all_kinds(name) for name in names if subject_names.kind_of(name) == kind]
        for subject, used in _of_kind(whose, month, kind).items():
            found[subject_names.of_kind(subject, kind)] = used
    return found


def _used(sums: Mapping[str, Any], kind: str = "") -> Used:
    units = sum(sums[name] or 0 for name in UNITS_OF.get(BudgetKind(kind), ())) if kind else 0
    return Used(sums["cost"] or 0, (sums["input"] or 0) + (sums["output"] or 0), units)


def _attempts(month: date) -> QuerySet[Attempt]:
    begin, end = months.beginning(month), months.beginning(months.following(month))
    return Attempt.objects.filter(recorded__gte=begin, started__gte=begin, started__lt=end).order_by()


def _of_kind(names: Collection[str], month: date, kind: str) -> dict[str, Used]:
    attempts = attempts_of(month)
    if kind:
        attempts = attempts.filter(kind__in=BudgetKind(kind).counted)
    used = partial(_used, kind=kind)
    found: dict[str, Used] = {}
    if SITE in names:
        found[SITE] = used(attempts.aggregate(**_SUMS))
    if TRIALS in names:
        found[TRIALS] = used(_attempts(month).exclude(purpose__in=USERS_OWN).aggregate(**_SUMS))
    users = [uuid.UUID(key) for key in subject_names.ids(names, USER)]
    if users:
        those = attempts.filter(owner__in=users) if len(users) <= _FEW else attempts
        found |= {subject_names.of_user(sums["owner"]): used(sums) for sums in those.values("owner").annotate(**_SUMS)}
    tokens = [uuid.UUID(key) for key in subject_names.ids(names, TOKEN)]
    if tokens:
        those = attempts.filter(token__in=tokens)
        found |= {subject_names.of_token(sums["token"]): used(sums) for sums in those.values("token").annotate(**_SUMS)}
    groups = [int(key) for key in subject_names.ids(names, GROUP)]
    if groups:
        those = attempts.filter(owner__groups__in=groups)
        found |= {subject_names.of_group(sums["owner__groups"]): used(sums) for sums in those.values("owner__groups").annotate(**_SUMS)}
    return found
