"""GET /v1/usage: what was used this month, with the token and by its user, and what budgets leave."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse

from conversations.models import NANO, Scope
from conversations.usage.budgets import months, spending, standing
from conversations.usage.budgets.spending import Used
from conversations.usage.budgets.standing import Standing
from conversations.usage.limits import in_force

from .authentication import Caller


def of_month(request: HttpRequest, caller: Caller) -> JsonResponse:
    """Dollars are numbers, and 0 where no price is known."""
    caller.require(Scope.READ_USAGE)
    month, user, token = months.current(), caller.user.pk, caller.token.pk
    return JsonResponse(
        {
            "object": "usage",
            "month": f"{month:%Y-%m}",
            "token": _used(spending.in_ledger(in_force.subject_of_token(token), month)),
            "user": _used(spending.in_ledger(in_force.subject_of(user), month)),
            "budgets": [_budget(one) for one in standing.that_count(user, token)],
        }
    )


def _used(used: Used) -> dict[str, Any]:
    return {"cost": used.cost / NANO, "tokens": used.tokens}


def _budget(one: Standing) -> dict[str, Any]:
    scale = NANO if one.unit == "dollars" else 1
    return {
        "of": one.whose or "the user",
        "unit": one.unit,
        "used": one.used / scale if scale > 1 else one.used,
        "allowed": one.allowed / scale if scale > 1 else one.allowed,
        "resets": one.resets.isoformat(),
    }
