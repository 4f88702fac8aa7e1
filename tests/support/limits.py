"""Fixtures of the tests of limits: a model with a price, limits, and earlier spending."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from django.db import transaction

from conversations.models import Limit, Model, Origin, Provider, Spending, User
from conversations.routing import catalog
from conversations.usage.budgets import reservations
from conversations.usage.budgets.estimate import Estimate
from conversations.usage.budgets.used import Taken, Used
from conversations.usage.limits import in_force

DOLLAR = 1_000_000_000


def price(name: str = "scripted-model", dollars: str = "1000") -> Model:
    """The settings' provider has a model that costs so much for a million tokens, read or written."""
    catalog.read()
    provider = Provider.objects.get(origin=Origin.ENVIRONMENT)
    made = Model.objects.create(provider=provider, name=name, input_price=Decimal(dollars), output_price=Decimal(dollars))
    catalog.forget()
    return made


def limit(**fields: Any) -> Limit:
    made = Limit.objects.create(**fields)
    in_force.forget()
    return made


def estimate(read: int = 100, write: int = 900, nano_per_token: int | None = 1_000_000) -> Estimate:
    if nano_per_token is None:
        return Estimate(read, write, None, None)
    return Estimate(read, write, read * nano_per_token, write * nano_per_token)


def reserve(user: User, reply: uuid.UUID | None = None, of: Estimate | None = None) -> int | None:
    with transaction.atomic():
        return reservations.reserve(in_force.applying(user.pk), user.pk, reply or uuid.uuid4(), of or estimate())


def taken(cost: int, tokens: int) -> Taken:
    """By an answer."""
    return {"": Used(cost, tokens)}


def spending(subject: str) -> tuple[int, int, int, int]:
    """Cost spent and reserved, tokens spent and reserved."""
    row = Spending.objects.get(subject=subject)
    return row.spent_cost, row.reserved_cost, row.spent_tokens, row.reserved_tokens
