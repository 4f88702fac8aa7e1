"""What a trial takes: held back from the budget of trials when it begins, and in the ledger when it ends. Synchronous."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from conversations.generation import estimates
from conversations.models import Message, Purpose
from conversations.usage.budgets import reservations
from conversations.usage.budgets.used import by_kind
from conversations.usage.ledger import recording
from conversations.usage.ledger.finished_attempt import FinishedAttempt
from conversations.usage.limits import in_force


def reserve(reply: Message, texts: list[str]) -> None:
    """Hold back what an answer to these texts may take. Raises Exceeded.

    Where a budget counts it, the reply's parameters say how long it may get.
    """
    if not (allowed := in_force.of_trials()):
        return
    estimate = estimates.of_trial(reply.model, texts, reply.parameters.get("max_output_tokens"))
    with transaction.atomic():
        max_tokens = reservations.reserve(allowed, reply.owner_id, reply.pk, estimate)
    if max_tokens is not None:
        reply.parameters = {**reply.parameters, "max_output_tokens": max_tokens}


@transaction.atomic
def settle(reply: Message, attempts: Sequence[FinishedAttempt], purpose: Purpose) -> Decimal | None:
    """Write the attempts to the ledger, and count them. Returns what they cost in US dollars; None where a price is unknown."""
    rows = recording.record(attempts, purpose=purpose, reply_id=None, owner_id=reply.owner_id)
    taken = by_kind(rows)
    if not reservations.settle(reply.pk, taken):
        reservations.add_to_trials(taken)
    return recording.dollars(rows)
