"""What administrators granted to users beyond their budgets, for one month."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from conversations.models import NANO, Grant
from conversations.usage.limits.in_force import Allowed

from .used import Used


def granted(owner_id: uuid.UUID, month: date) -> Used:
    """What the user was granted in this month."""
    sums = Grant.objects.filter(person=owner_id, month=month).aggregate(cost=Sum("cost"), tokens=Sum("tokens"))
    return Used(int((sums["cost"] or Decimal(0)) * NANO), sums["tokens"] or 0)


def with_grants(one: Allowed, more: Used) -> Used:
    """The budget of a subject. What a user was granted counts where they are counted alone, for everything together."""
    budget = Used(one.cost or 0, one.tokens or 0, one.units or 0)
    return budget if one.whose or one.kind else Used(budget.cost + more.cost, budget.tokens + more.tokens)
