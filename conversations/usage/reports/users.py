"""What users used, of which model: from the roll-ups of days that have them, and from the ledger for the rest."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple, Self

from django.db.models import Count, Q, QuerySet, Sum

from conversations.models import OK, USERS_OWN, Attempt, AttemptKind, PersonalRollUp, Purpose

from .from_ledger import between, token_sums

Whose = tuple[uuid.UUID | None, str, str]
"""A user, a model's name, and the kind of what was made."""


class Use(NamedTuple):
    """Named as in PersonalRollUp; see `figures`."""

    replies: int = 0
    answered: int = 0
    input: int = 0
    cached: int = 0
    output: int = 0
    reasoning: int = 0
    input_audio: int = 0
    output_audio: int = 0
    pictures: int = 0
    heard_ms: int = 0
    spoken_ms: int = 0
    spoken_characters: int = 0
    files: int = 0
    pages: int = 0
    cost: int = 0
    used: int = 0
    unpriced: int = 0
    estimated: int = 0

    def plus(self, other: Iterable[int | None]) -> Self:
        return type(self)(*(mine + (more or 0) for mine, more in zip(self, other, strict=True)))

    @property
    def tokens(self) -> int:
        return self.input + self.output


def counted(start: datetime, end: datetime, owner: uuid.UUID | None = None) -> dict[Whose, Use]:
    """From the ledger, from `start` until before `end`; of one user, or of all."""
    tries = between(start, end).filter(purpose__in=USERS_OWN)
    return _counted(tries.filter(owner=owner) if owner else tries)


def _counted(tries: QuerySet[Attempt]) -> dict[Whose, Use]:
    is_reply = Q(final=True) & (Q(purpose=Purpose.ANSWER) | Q(kind=AttemptKind.TALK))  # a talk's answer is one to its user
    rows = tries.values_list("owner_id", "model", "kind").annotate(
        replies=Count("id", filter=is_reply), answered=Count("id", filter=is_reply & Q(outcome=OK)), **token_sums()
    )
    return {(owner, model, kind): Use().plus(use) for owner, model, kind, *use in rows}


def rolled_up(days: Iterable[date]) -> dict[Whose, Use]:
    """Of all users, from the roll-ups of these days."""
    names: dict[str, Any] = {f"sum_{name}": Sum(name) for name in Use._fields}
    rows = PersonalRollUp.objects.filter(day__in=list(days)).values_list("owner_id", "model", "kind").annotate(**names)
    return {(owner, model, kind): Use(*use) for owner, model, kind, *use in rows}
