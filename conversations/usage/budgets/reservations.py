"""Monthly budgets that are never overspent: what an answer may take at most is held back when it begins, and settled when it ends.

All in the database, in the transactions that begin and end answers: exact with any number of processes, and without Redis.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations.models import Attempt, Reservation, Spending
from conversations.usage.exceeded import Exceeded
from conversations.usage.limits import in_force, locks
from conversations.usage.limits.in_force import Allowed

from . import grants, months, reached, refusal, spending
from .estimate import Estimate
from .spending import Used

LEAST_OUTPUT_TOKENS = 256
"""A shorter answer is of no use: rather than that, it is refused."""


def reserve(
    allowed: Sequence[Allowed],
    owner_id: uuid.UUID,
    reply_id: uuid.UUID,
    estimate: Estimate,
    said: int = 0,
    token_id: uuid.UUID | None = None,
    *,
    is_whole: bool = False,
) -> int | None:
    """Hold back what the answer may take. Returns how many tokens it may have, at most the estimate's; None where no budget counts it.

    Call it as the last thing in the transaction that lets the answer begin: other answers of the same subjects wait for its end.
    `said` are characters of the answer that are there already; `is_whole`: a part of the estimate is of no use. Raises Exceeded.
    """
    those = [one for one in allowed if one.has_budget]
    if not those:
        return None
    if settings.UNPRICED_MODELS == "refuse" and not estimate.is_priced and any(one.cost is not None for one in those):
        raise Exceeded("What this model costs isn’t known, so your budget can’t count it. Please tell an administrator.")
    month = months.current()
    if left_behind := list(Reservation.objects.filter(reply=reply_id)):
        locks.hold([spending.COUNTING])  # now, for it may be wanted below: two who share it already would wait for each other
        for held in left_behind:
            settle_by_ledger(held)
    rows = spending.locked((one.subject for one in those), month)
    more = grants.granted(owner_id, month) if any(not one.whose for one in those) else Used()
    output, least = estimate.output_tokens, estimate.output_tokens if is_whole else min(LEAST_OUTPUT_TOKENS, estimate.output_tokens)
    for one in those:
        budget = grants.with_grants(one, more)
        row = rows[one.subject]
        left = Used(budget.cost - row.spent_cost - row.reserved_cost, budget.tokens - row.spent_tokens - row.reserved_tokens)
        by_cost = estimate.fitting(left, cost=one.cost is not None, tokens=False)
        by_tokens = estimate.fitting(left, cost=False, tokens=one.tokens is not None)
        output = min(output, by_cost, by_tokens)
        if output < least:
            raise refusal.exceeded(one, budget, row, estimate.most(least), in_dollars=by_cost < least)
    most = estimate.most(output)
    for row in rows.values():
        row.reserved_cost += most.cost
        row.reserved_tokens += most.tokens
        row.save(update_fields=["reserved_cost", "reserved_tokens"])
    Reservation.objects.create(
        reply=reply_id,
        owner=owner_id,
        token=token_id,
        month=month,
        subjects=list(rows),
        cost=most.cost,
        tokens=most.tokens,
        input_cost=estimate.input_cost or 0,
        input_tokens=estimate.input_tokens,
        output_cost=estimate.cost_of(output),
        output_tokens=output,
        said=said,
        created=timezone.now(),
    )
    return output


def settle(reply_id: uuid.UUID, cost: int, tokens: int) -> bool:
    """The answer has ended and took this: nothing is held back for it any more. A second time does nothing.

    Call it in the transaction that saves the answer's end and its attempts. False where nothing was held back: then `add` what it took.
    """
    settled = [settle_one(held, Used(cost, tokens)) for held in Reservation.objects.filter(reply=reply_id)]
    return any(settled)


def settle_by_ledger(held: Reservation) -> bool:
    """The same with what the ledger says of all attempts since, whichever process made them."""
    return settle_one(held, spending.of_ledger(Attempt.objects.filter(reply=held.reply, started__gte=held.created)))


def add(owner_id: uuid.UUID, cost: int, tokens: int, token_id: uuid.UUID | None = None) -> None:
    """Count what was used without being held back before, in the transaction that writes its attempts."""
    if not in_force.has_budgets():
        return
    with transaction.atomic():
        locks.hold([spending.COUNTING], shared=True)
        spending.add(owner_id, month := months.current(), Used(cost, tokens), token_id=token_id)
        if reached.is_told():
            reached.note(in_force.applying(owner_id, token_id), owner_id, month, Used())


def add_to_trials(cost: int, tokens: int) -> None:
    """The same for a trial of a prompt, which counts for no user."""
    if not in_force.of_trials():
        return
    with transaction.atomic():
        locks.hold([spending.COUNTING], shared=True)
        spending.add_to_trials(month := months.current(), Used(cost, tokens))
        if reached.is_told():
            reached.note(in_force.of_trials(), None, month, Used())


def settle_one(held: Reservation, used: Used) -> bool:
    """False where another process was faster."""
    with transaction.atomic():
        locks.hold([spending.COUNTING], shared=True)
        if not Reservation.objects.filter(pk=held.pk).delete()[0]:
            return False
        others = [] if is_of_trial(held) else in_force.subjects(held.owner, held.token)
        names = sorted({*held.subjects, *others})
        list(Spending.objects.filter(subject__in=names, month=held.month).order_by("subject").select_for_update())
        spending.release(held, used)
        if others:
            spending.add(held.owner, held.month, used, but=held.subjects, token_id=held.token)
        if reached.is_told():
            those = in_force.applying(held.owner, held.token) if others else in_force.of_trials()
            reached.note(those, held.owner if others else None, held.month, _least(held))
    return True


def _least(held: Reservation) -> Used:
    """What another answer like this one would need to begin."""
    output = min(LEAST_OUTPUT_TOKENS, held.output_tokens)
    cost = held.output_cost * output // held.output_tokens if held.output_tokens else 0
    return Used(held.input_cost + cost, held.input_tokens + output)


def is_of_trial(held: Reservation) -> bool:
    return bool(held.subjects == [in_force.TRIALS])
