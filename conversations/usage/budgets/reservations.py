"""Monthly budgets that are never overspent: what an answer may take at most is held back when it begins, and settled when it ends.

All in the database, in the transactions that begin and end answers: exact with any number of processes, and without Redis.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations.models import Attempt, AttemptKind, BudgetKind, Reservation, Spending
from conversations.usage.exceeded import Exceeded
from conversations.usage.limits import in_force, locks
from conversations.usage.limits.in_force import Allowed
from conversations.usage.limits.subject_names import TRIALS, kind_of

from . import grants, ledger_sums, months, reached, refusal, spending
from .estimate import Estimate
from .used import Taken, Used

LEAST_INPUT_TOKENS = 256
"""Of a short question, without what was said before it."""
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
    noted_model: str = "",
) -> int | None:
    """Hold back what the answer may take. Returns how many tokens it may have, at most the estimate's; None where no budget counts it.

    Call it as the last thing in the transaction that lets the answer begin: other answers of the same subjects wait for its end.
    `said` are characters of the answer that are there already; `is_whole`: a part of the estimate is of no use.
    With `noted_model`, of what no message is kept, it is written down that it runs also where no budget counts it: so it is in the ledger
    if its process dies.

    Raises Exceeded.
    """
    those = [one for one in allowed if one.has_budget]
    if (kind := BudgetKind.of(estimate.kind)) in in_force.kinds() and TRIALS not in (one.subject for one in allowed):
        those = sorted([*those, *in_force.applying(owner_id, token_id, (kind,))], key=lambda one: one.subject)
    if not those and not noted_model:
        return None
    if settings.UNPRICED_MODELS == "refuse" and not estimate.is_priced and any(one.cost is not None for one in those):
        raise Exceeded("What this model costs isn’t known, so your budget can’t count it. Please tell an administrator.")
    month = months.current()
    if left_behind := list(Reservation.objects.filter(reply=reply_id)):
        locks.hold([spending.COUNTING])  # now, for it may be wanted below: two who share it already would wait for each other
        for held in left_behind:
            settle_by_ledger(held)
    rows = spending.locked((one.subject for one in those), month) if those else {}
    more = grants.granted(owner_id, month) if any(not one.whose for one in those) else Used()
    output, least = estimate.output_tokens, estimate.output_tokens if is_whole else min(LEAST_OUTPUT_TOKENS, estimate.output_tokens)
    for one in those:
        budget = grants.with_grants(one, more)
        row = rows[one.subject]
        left = Used(
            budget.cost - row.spent_cost - row.reserved_cost,
            budget.tokens - row.spent_tokens - row.reserved_tokens,
            budget.units - row.spent_units - row.reserved_units,
        )
        if one.units is not None and (left.units <= 0 or estimate.units > left.units):
            raise refusal.exceeded(one, budget, row, estimate.most(least)._replace(units=max(1, estimate.units)), "units")
        by_cost = estimate.fitting(left, cost=one.cost is not None, tokens=False)
        by_tokens = estimate.fitting(left, cost=False, tokens=one.tokens is not None)
        output = min(output, by_cost, by_tokens)
        if output < least:
            raise refusal.exceeded(one, budget, row, estimate.most(least), "dollars" if by_cost < least else "tokens")
    most = estimate.most(output)
    for row in rows.values():
        row.reserved_cost += most.cost
        row.reserved_tokens += most.tokens
        row.reserved_units += estimate.units if kind_of(row.subject) else 0
        row.save(update_fields=["reserved_cost", "reserved_tokens", "reserved_units"])
    Reservation.objects.create(
        reply=reply_id,
        owner=owner_id,
        token=token_id,
        month=month,
        subjects=list(rows),
        cost=most.cost,
        tokens=most.tokens,
        kind=estimate.kind,
        units=estimate.units,
        model=noted_model[:200],
        input_cost=estimate.input_cost or 0,
        input_tokens=estimate.input_tokens,
        output_cost=estimate.cost_of(output),
        output_tokens=output,
        said=said,
        created=timezone.now(),
    )
    return output if those else None


def has_room(owner_id: uuid.UUID, kind: AttemptKind, used: Used) -> bool:
    """Whether the budgets for this kind alone, those of an API token excepted, have room for so much. Reads only."""
    budget_kind = BudgetKind.of(kind)
    if budget_kind not in in_force.kinds():
        return True
    month = months.current()
    for one in in_force.applying(owner_id, None, (budget_kind,)):
        row = Spending.objects.filter(subject=one.subject, month=month).first()
        held = Used(row.reserved_cost, row.reserved_tokens, row.reserved_units) if row else Used()
        spent = (Used(row.spent_cost, row.spent_tokens, row.spent_units) if row else ledger_sums.of(one.subject, month)).plus(held)
        budget = (one.cost, one.tokens, one.units)
        if any(most is not None and there + more > most for most, there, more in zip(budget, spent, used, strict=True)):
            return False
    return True


def settle(reply_id: uuid.UUID, taken: Taken) -> bool:
    """The answer has ended and took this: nothing is held back for it any more. A second time does nothing.

    Call it in the transaction that saves the answer's end and its attempts. False where nothing was held back: then `add` what it took.
    """
    settled = [settle_one(held, taken) for held in Reservation.objects.filter(reply=reply_id)]
    return any(settled)


def settle_by_ledger(held: Reservation) -> bool:
    """The same with what the ledger says of all attempts since, whichever process made them."""
    return settle_one(held, ledger_sums.by_kind(Attempt.objects.filter(reply=held.reply, started__gte=held.created)))


def add(owner_id: uuid.UUID, taken: Taken, token_id: uuid.UUID | None = None) -> None:
    """Count what was used without being held back before, in the transaction that writes its attempts."""
    if not in_force.has_budgets():
        return
    with transaction.atomic():
        locks.hold([spending.COUNTING], shared=True)
        spending.add(spending.everywhere(in_force.subjects(owner_id, token_id)), month := months.current(), taken)
        if reached.is_told():
            reached.note(in_force.applying(owner_id, token_id, ("", *in_force.kinds())), owner_id, month, Used())


def add_to_trials(taken: Taken) -> None:
    """The same for a trial of a prompt, which counts for no user."""
    if not in_force.of_trials():
        return
    with transaction.atomic():
        locks.hold([spending.COUNTING], shared=True)
        spending.add([TRIALS], month := months.current(), taken)
        if reached.is_told():
            reached.note(in_force.of_trials(), None, month, Used())


def settle_one(held: Reservation, taken: Taken) -> bool:
    """False where another process was faster."""
    with transaction.atomic():
        locks.hold([spending.COUNTING], shared=True)
        if not Reservation.objects.filter(pk=held.pk).delete()[0]:
            return False
        if not in_force.has_budgets() and not held.subjects:
            return True
        is_trial = is_of_trial(held)
        names = {*held.subjects} if is_trial else spending.everywhere(in_force.subjects(held.owner, held.token))
        every = sorted({*held.subjects, *names})
        list(Spending.objects.filter(subject__in=every, month=held.month).order_by("subject").select_for_update())
        spending.release(held, taken)
        if others := names - set(held.subjects):
            spending.add(others, held.month, taken)
        if reached.is_told():
            those = in_force.of_trials() if is_trial else in_force.applying(held.owner, held.token, ("", *in_force.kinds()))
            reached.note(those, None if is_trial else held.owner, held.month, _least(held))
    return True


def _least(held: Reservation) -> Used:
    """What a short answer by the same model needs to begin. What is held back for this one may be far more than another one takes."""
    if held.kind not in (AttemptKind.TEXT, AttemptKind.FILES) or not held.input_tokens:
        return Used()
    read, written = min(LEAST_INPUT_TOKENS, held.input_tokens), min(LEAST_OUTPUT_TOKENS, held.output_tokens)
    cost = held.output_cost * written // held.output_tokens if held.output_tokens else 0
    return Used(held.input_cost * read // held.input_tokens + cost, read + written)


def is_of_trial(held: Reservation) -> bool:
    return bool(held.subjects == [TRIALS])
