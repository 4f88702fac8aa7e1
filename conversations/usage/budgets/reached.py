"""Budgets that are used up: webhooks are told of each once a month, whichever process counts the answer that does it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone

from conversations.models import NANO, ApiToken, BudgetKind, Spending, User
from conversations.usage.limits.in_force import Allowed
from conversations.usage.limits.subject_names import parted
from conversations.webhooks import events

from . import grants, kinds, months
from .used import Used


def is_told() -> bool:
    """Whether a webhook wants it. Nothing else here costs anything."""
    return events.is_wanted(events.BUDGET_REACHED)


def note(those: Iterable[Allowed], owner_id: uuid.UUID | None, month: date, least: Used) -> None:
    """Tell of those budgets that have no room for `least` by now. Call it in the transaction that counted something, after that.

    An answer is refused rather than cut to nothing, so what is spent hardly ever meets a budget exactly.
    """
    with_budget = {one.subject: one for one in those if one.has_budget}
    rows = Spending.objects.filter(subject__in=with_budget, month=month, used_up=None).order_by("subject")
    more: Used | None = None
    for row in rows:
        one = with_budget[row.subject]
        if more is None:
            more = grants.granted(owner_id, month) if owner_id else Used()
        budget = grants.with_grants(one, more)
        is_cost = one.cost is not None and row.spent_cost + max(1, least.cost) > budget.cost
        is_tokens = one.tokens is not None and row.spent_tokens + max(1, least.tokens) > budget.tokens
        is_units = one.units is not None and row.spent_units >= budget.units
        if (is_cost or is_tokens or is_units) and Spending.objects.filter(pk=row.pk, used_up=None).update(used_up=timezone.now()):
            events.tell(
                events.BUDGET_REACHED, {"budget": _told(one, row, budget, "dollars" if is_cost else "tokens" if is_tokens else "")}, None
            )


def _told(one: Allowed, row: Spending, budget: Used, unit: str) -> dict[str, Any]:
    """`unit`: “dollars”, “tokens”, or nothing for the units of its kind."""
    sort, which = parted(one.subject)
    of = {"kind": "api_token" if sort == "token" else sort, "id": which or None, "name": _name(sort, which)}
    told = {"of": of, "month": f"{row.month:%Y-%m}", "unit": unit or kinds.UNITS[BudgetKind(one.kind)]}
    if unit == "dollars":
        used, allowed = row.spent_cost / NANO, budget.cost / NANO
    elif unit == "tokens":
        used, allowed = row.spent_tokens, budget.tokens
    else:
        used, allowed = row.spent_units / (scale := kinds.scale(one.kind)), budget.units / scale
    only_for = {"only_for": one.kind} if one.kind else {}
    return {**told, **only_for, "used": used, "allowed": allowed, "resets": months.following(row.month).isoformat()}


def _name(sort: str, which: str) -> str | None:
    if sort == "group":
        return Group.objects.filter(pk=which).values_list("name", flat=True).first()
    if sort == "user":
        return User.objects.filter(pk=which).values_list("username", flat=True).first()
    return ApiToken.objects.filter(pk=which).values_list("name", flat=True).first() if sort == "token" else None
