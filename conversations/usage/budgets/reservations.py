"""Monthly budgets that are never overspent: what an answer may take at most is held back when it begins, and settled when it ends.

All in the database, in the transactions that begin and end answers: exact with any number of processes, and without Redis.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Sum
from django.utils import timezone

from conversations.models import NANO, Attempt, Grant, Message, Purpose, Reservation, Spending
from conversations.usage.exceeded import Exceeded
from conversations.usage.ledger import recording
from conversations.usage.ledger.finished_attempt import FinishedAttempt
from conversations.usage.ledger.prices import Tokens
from conversations.usage.limits import in_force, locks, message_rate
from conversations.usage.limits.in_force import Allowed

from . import months, refusal, spending
from .spending import Used

LEAST_OUTPUT_TOKENS = 256
"""A shorter answer is of no use: rather than that, it is refused."""
SETTLED_AFTER = timedelta(minutes=2)
"""What is reserved for longer, for an answer that doesn't run, was left behind by a process that died."""
TRIAL_SETTLED_AFTER = timedelta(minutes=15)
"""A trial has no message that says whether it runs, nor has what a program asks without a conversation; none runs that long."""
COUNTED_AGAIN_AFTER = timedelta(seconds=10)
"""By then every process knows of a new limit, and adds to its counter by itself."""


class Estimate(NamedTuple):
    """What an answer may take: reading the conversation, and an answer of the most tokens it may have. Costs are nanodollars."""

    input_tokens: int
    output_tokens: int
    input_cost: int | None
    """None: the price is unknown."""
    output_cost: int | None
    margin: float = 1.0
    """By how much more than was estimated may be read; so much is held back."""

    @property
    def is_priced(self) -> bool:
        return self.input_cost is not None and self.output_cost is not None

    def most(self, output_tokens: int) -> Used:
        """What is held back for an answer of so many tokens."""
        return Used(
            _up((self.input_cost or 0) * self.margin) + self.cost_of(output_tokens), _up(self.input_tokens * self.margin) + output_tokens
        )

    def cost_of(self, output_tokens: int) -> int:
        return -(-(self.output_cost or 0) * output_tokens // self.output_tokens)

    def fitting(self, left: Used, *, cost: bool, tokens: bool) -> int:
        """How many tokens an answer may have that costs and takes no more than what is left; negative where reading takes all."""
        room = self.output_tokens
        reading = self.most(0)
        if tokens:
            room = min(room, left.tokens - reading.tokens)
        if cost and self.is_priced:
            if left.cost < reading.cost:
                return -1
            if self.output_cost:
                room = min(room, (left.cost - reading.cost) * self.output_tokens // self.output_cost)
        return room


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
    more = granted(owner_id, month) if any(not one.whose for one in those) else Used()
    output, least = estimate.output_tokens, estimate.output_tokens if is_whole else min(LEAST_OUTPUT_TOKENS, estimate.output_tokens)
    for one in those:
        budget = with_grants(one, more)
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
    settled = [_settle(held, Used(cost, tokens)) for held in Reservation.objects.filter(reply=reply_id)]
    return any(settled)


def settle_by_ledger(held: Reservation) -> bool:
    """The same with what the ledger says of all attempts since, whichever process made them."""
    return _settle(held, spending.of_ledger(Attempt.objects.filter(reply=held.reply, started__gte=held.created)))


def add(owner_id: uuid.UUID, cost: int, tokens: int, token_id: uuid.UUID | None = None) -> None:
    """Count what was used without being held back before, in the transaction that writes its attempts."""
    if not in_force.has_budgets():
        return
    with transaction.atomic():
        locks.hold([spending.COUNTING], shared=True)
        spending.add(owner_id, months.current(), Used(cost, tokens), token_id=token_id)


def add_to_trials(cost: int, tokens: int) -> None:
    """The same for a trial of a prompt, which counts for no user."""
    if not in_force.of_trials():
        return
    with transaction.atomic():
        locks.hold([spending.COUNTING], shared=True)
        spending.add_to_trials(months.current(), Used(cost, tokens))


def sweep() -> int:
    """Settle what is still held back for answers that don't run any more, by what the ledger says of them. Returns how many there were.

    Any process may do it at any time; each reservation is settled once. Counters that are new are compared with the ledger once more,
    and those of message rates that say nothing any more are deleted.
    """
    runs = Message.objects.running().filter(pk=OuterRef("reply"))
    now = timezone.now()
    left = Reservation.objects.filter(~Exists(runs), created__lt=now - SETTLED_AFTER)
    settled = 0
    for held in left:
        if (_is_of_trial(held) or held.token is not None) and held.created > now - TRIAL_SETTLED_AFTER:
            continue
        with transaction.atomic():
            settled += _settle_lost(held) if _is_unstored(held) else settle_by_ledger(held)
    _make_shared_counters()
    fresh = Spending.objects.filter(is_fresh=True, counted__lt=timezone.now() - COUNTED_AGAIN_AFTER)
    for month, subject in fresh.values_list("month", "subject"):
        with transaction.atomic():
            spending.recount(month, [subject])
            Spending.objects.filter(month=month, subject=subject).update(is_fresh=False)
    message_rate.sweep()
    return settled


def changed() -> None:
    """A limit was changed: it counts here at once, elsewhere within two seconds. What no process kept in step is counted again."""
    in_force.forget()
    with transaction.atomic():
        spending.recount(months.current())
    _make_shared_counters()


def _make_shared_counters() -> None:
    """Counting a whole month of a whole site takes a while: no message should wait for it, least of all one that is refused."""
    month = months.current()
    shared = {rule.subject(uuid.UUID(int=0)) for rule in in_force.rules() if rule.is_shared and rule.has_budget}
    if shared - set(Spending.objects.filter(month=month, subject__in=shared).values_list("subject", flat=True)):
        with transaction.atomic():
            spending.locked(shared, month)


def granted(owner_id: uuid.UUID, month: date) -> Used:
    """What the person was granted in this month."""
    sums = Grant.objects.filter(person=owner_id, month=month).aggregate(cost=Sum("cost"), tokens=Sum("tokens"))
    return Used(int((sums["cost"] or Decimal(0)) * NANO), sums["tokens"] or 0)


def with_grants(one: Allowed, more: Used) -> Used:
    """The budget of a subject. What a person was granted counts where they are counted alone."""
    budget = Used(one.cost or 0, one.tokens or 0)
    return budget if one.whose else Used(budget.cost + more.cost, budget.tokens + more.tokens)


def _settle(held: Reservation, used: Used) -> bool:
    with transaction.atomic():
        locks.hold([spending.COUNTING], shared=True)
        if not Reservation.objects.filter(pk=held.pk).delete()[0]:
            return False  # by another process
        others = [] if _is_of_trial(held) else in_force.subjects(held.owner, held.token)
        names = sorted({*held.subjects, *others})
        list(Spending.objects.filter(subject__in=names, month=held.month).order_by("subject").select_for_update())
        spending.release(held, used)
        if others:
            spending.add(held.owner, held.month, used, but=held.subjects, token_id=held.token)
    return True


def _is_unstored(held: Reservation) -> bool:
    """Whether a program asked for it without a conversation. Then it left no attempts, for those are written at its end."""
    return held.token is not None and not Message.objects.filter(pk=held.reply).exists()


def _settle_lost(held: Reservation) -> bool:
    """Its process was killed: write to the ledger that it read what it was to read, which is the least that it took, and count that."""
    lost = FinishedAttempt(held.created, 1, "lost", 0, final=True)
    lost.tokens, lost.estimated, lost.known_cost = Tokens(input=held.input_tokens), True, held.input_cost
    if not _settle(held, Used(held.input_cost, held.input_tokens)):
        return False
    recording.record([lost], purpose=Purpose.API, reply_id=None, owner_id=held.owner, token_id=held.token)
    return True


def _is_of_trial(held: Reservation) -> bool:
    return bool(held.subjects == [in_force.TRIALS])


def _up(number: float) -> int:
    return -int(-number // 1)
