"""How far a user has got with what they may use this month, for them and for administrators."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from conversations.models import BudgetKind, Spending, User
from conversations.usage.ledger import amounts
from conversations.usage.limits import in_force
from conversations.usage.limits.in_force import Allowed

from . import grants, kinds, ledger_sums, months
from .used import Used

LEVELS = (95, 80)
"""Shares in per cent at which users are warned, once for each."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One budget of the user's: what is used of it and what there is, in nanodollars, tokens, pictures, milliseconds or files."""

    label: str
    unit: Literal["dollars", "tokens", "pictures", "minutes", "files"]
    used: int
    allowed: int
    resets: date
    subject: str
    whose: str = ""
    kind: str = ""
    """A `BudgetKind` that it counts alone."""

    @property
    def share(self) -> float:
        """Of the budget, from 0 to 1 and beyond."""
        return self.used / self.allowed if self.allowed else 1.0

    @property
    def percent(self) -> int:
        """Rounded down: nothing is said to be used up that is not."""
        return min(100, int(self.share * 100))

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.used)

    @property
    def used_in_words(self) -> str:
        return self._in_words(self.used)

    @property
    def allowed_in_words(self) -> str:
        return self._in_words(self.allowed)

    @property
    def left_in_words(self) -> str:
        return self._in_words(self.left)

    @property
    def resets_in_words(self) -> str:
        return months.in_words(self.resets)

    @property
    def level(self) -> int:
        """The warning that is due: 0 where none is."""
        return next((level for level in LEVELS if self.used * 100 >= level * self.allowed), 0)

    @property
    def warning(self) -> str:
        allowed = kinds.dollars(self.allowed, self.kind) if self.unit == "dollars" else self.allowed_in_words
        of = f"{self.whose} ({allowed})" if self.whose else allowed
        budget = f"this month’s budget of {of}"
        used = "All" if self.percent >= 100 else f"{self.percent} %"
        sentence = f"{used} of {budget} is used." if self.whose else f"You have used {used.lower()} of {budget}."
        return f"{sentence} It resets on {self.resets_in_words}."

    def _in_words(self, amount: int) -> str:
        if self.unit == "dollars":
            return amounts.dollars(amount)
        return kinds.tokens(amount, self.kind) if self.unit == "tokens" else kinds.units(amount, self.kind)


def of(user: User) -> list[Standing]:
    """Every budget that counts for this user, their own first. Reads only."""
    return _of(user.pk)


def that_count(user_id: uuid.UUID, token_id: uuid.UUID) -> list[Standing]:
    """Every budget that counts what the user asks with this API token. Reads only."""
    return _of(user_id, token_id)


def warnings(user_id: uuid.UUID) -> list[dict[str, Any]]:
    """What the user is to be warned of: of each budget the highest level that it has passed. `key` is the same until the next level."""
    if not in_force.has_budgets():
        return []
    return [
        {"key": f"{one.subject}:{one.unit}:{one.allowed}:{one.resets}:{one.level}", "level": one.level, "detail": one.warning}
        for one in _of(user_id)
        if one.level
    ]


def of_subject(subject: str, month: date) -> Used:
    """What a subject has used, from its counter where it has one, else from the ledger."""
    row = Spending.objects.filter(subject=subject, month=month).first()
    return Used(row.spent_cost, row.spent_tokens, row.spent_units) if row else ledger_sums.of(subject, month)


def _of(user_id: uuid.UUID, token_id: uuid.UUID | None = None) -> list[Standing]:
    those = [one for one in in_force.applying(user_id, token_id, ("", *in_force.kinds())) if one.has_budget]
    if not those:
        return []
    month = months.current()
    more = grants.granted(user_id, month)
    return [
        standing
        for one in sorted(those, key=lambda one: (bool(one.whose), bool(one.kind)))
        for standing in _standings(one, grants.with_grants(one, more), month)
    ]


def _standings(one: Allowed, budget: Used, month: date) -> Iterable[Standing]:
    used, resets = of_subject(one.subject, month), months.following(month)
    of_whom = f" of {one.whose}" if one.whose else ""
    noun = f" of {kinds.NOUNS[one.kind]}" if one.kind else ""
    rest = (resets, one.subject, one.whose, one.kind)
    if one.cost is not None:
        yield Standing(f"Cost{noun}{of_whom}", "dollars", used.cost, budget.cost, *rest)
    if one.tokens is not None:
        yield Standing(f"Tokens{noun}{of_whom}", "tokens", used.tokens, budget.tokens, *rest)
    if one.units is not None:
        unit = kinds.UNITS[BudgetKind(one.kind)]
        label = "Minutes of audio" if one.kind == BudgetKind.AUDIO else unit.capitalize()
        yield Standing(f"{label}{of_whom}", unit, used.units, budget.units, *rest)
