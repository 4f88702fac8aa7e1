"""How much a caller may still ask, in the headers that OpenAI's API has for it. Synchronous; reads only."""

from __future__ import annotations

from django.utils import timezone

from conversations.usage.budgets import months, standing
from conversations.usage.limits import in_force, message_rate

from .authentication import Caller


def of(caller: Caller) -> dict[str, str]:
    """`x-ratelimit-…-requests` by the limit of messages a minute that leaves fewest, `…-tokens` by the month's budget of tokens that
    leaves least. Empty where there are no such limits."""
    headers: dict[str, str] = {}
    room = message_rate.room(in_force.applying(caller.user.pk, caller.token.pk))
    if room is not None:
        headers |= _named("requests", room.limit, room.remaining, room.reset_seconds)
    budgets = [one for one in standing.that_count(caller.user.pk, caller.token.pk) if one.unit == "tokens" and not one.kind]
    if budgets:
        budget = min(budgets, key=lambda one: one.left)
        until = (months.beginning(budget.resets) - timezone.now()).total_seconds()
        headers |= _named("tokens", budget.allowed, budget.left, until)
    return headers


def _named(what: str, limit: int, remaining: int, reset_seconds: float) -> dict[str, str]:
    return {
        f"x-ratelimit-limit-{what}": str(limit),
        f"x-ratelimit-remaining-{what}": str(remaining),
        f"x-ratelimit-reset-{what}": duration(reset_seconds),
    }


def duration(seconds: float) -> str:
    """As OpenAI writes it: 20ms, 1s, 6m0s, 24h0m0s."""
    if seconds < 1:
        return f"{max(0, round(seconds * 1000))}ms"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{rest}s" if hours else f"{minutes}m{rest}s" if minutes else f"{rest}s"
