"""GET /v1/usage: what was used this month, with the token and by its user, and what budgets leave."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse

from conversations.models import NANO, AttemptKind, Scope
from conversations.usage.budgets import ledger_sums, months, standing
from conversations.usage.budgets.standing import Standing
from conversations.usage.limits.in_force import MS_PER_MINUTE
from conversations.usage.reports import kinds
from conversations.usage.reports.users import Use

from .authentication import Caller


def of_month(request: HttpRequest, caller: Caller) -> JsonResponse:
    """Dollars are numbers, and 0 where no price is known."""
    caller.require(Scope.READ_USAGE)
    month, user, token = months.current(), caller.user.pk, caller.token.pk
    attempts = ledger_sums.attempts_of(month)
    return JsonResponse(
        {
            "object": "usage",
            "month": f"{month:%Y-%m}",
            "token": _used(kinds.by_kind(attempts.filter(token=token))),
            "user": _used(kinds.by_kind(attempts.filter(owner=user))),
            "budgets": [_budget(one) for one in standing.that_count(user, token)],
        }
    )


def _used(by_kind: Mapping[AttemptKind, Use]) -> dict[str, Any]:
    told = {kind.value: _of_kind(use) for kind, use in by_kind.items()}
    whole = {"cost": sum(use.cost for use in by_kind.values()) / NANO, "tokens": sum(use.tokens for use in by_kind.values())}
    return {**whole, "kinds": told}


def _of_kind(use: Use) -> dict[str, Any]:
    """With the units that it has beside tokens; sound in seconds."""
    counted = {
        "pictures": use.pictures,
        "seconds_heard": use.heard_ms / 1000,
        "seconds_made": use.spoken_ms / 1000,
        "characters": use.spoken_characters,
        "files": use.files,
        "pages": use.pages,
        "audio_tokens": use.input_audio + use.output_audio,
    }
    told = {name: amount for name, amount in counted.items() if amount}
    return {"requests": use.replies, "cost": use.cost / NANO, "tokens": use.tokens, **told}


def _budget(one: Standing) -> dict[str, Any]:
    scale = NANO if one.unit == "dollars" else MS_PER_MINUTE if one.unit == "minutes" else 1
    return {
        "of": one.whose or "the user",
        **({"only_for": one.kind} if one.kind else {}),
        "unit": one.unit,
        "used": one.used / scale if scale > 1 else one.used,
        "allowed": one.allowed / scale if scale > 1 else one.allowed,
        "resets": one.resets.isoformat(),
    }
