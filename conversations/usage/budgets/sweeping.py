"""What is held back for answers that don't run any more, because their process died, is settled."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from conversations.models import AttemptKind, BudgetKind, Message, Purpose, Reservation
from conversations.usage.ledger import recording
from conversations.usage.ledger.finished_attempt import FinishedAttempt
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.units import NO_UNITS, Units
from conversations.usage.limits import message_rate

from . import recounting, reservations
from .used import Used

SETTLED_AFTER = timedelta(minutes=2)
"""What is reserved for longer, for an answer that doesn't run, was left behind by a process that died."""
TRIAL_SETTLED_AFTER = timedelta(minutes=15)
"""A trial has no message that says whether it runs, nor has sound, or what a program asks without a conversation; none runs that long."""


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
        if (reservations.is_of_trial(held) or held.token is not None or held.model) and held.created > now - TRIAL_SETTLED_AFTER:
            continue
        with transaction.atomic():
            settled += _settle_lost(held) if _is_unstored(held) else reservations.settle_by_ledger(held)
    recounting.make_shared_counters()
    recounting.recount_fresh()
    message_rate.sweep()
    return settled


def _is_unstored(held: Reservation) -> bool:
    """Whether no message is kept of it. Then it left no attempts, for those are written at its end."""
    return (held.token is not None or bool(held.model)) and not Message.objects.filter(pk=held.reply).exists()


def _units(held: Reservation) -> Units:
    return {
        AttemptKind.TRANSCRIPTS: Units(heard_ms=held.units),
        AttemptKind.SPEECH: Units(spoken_ms=held.units),
        AttemptKind.PICTURES: Units(pictures=held.units),
    }.get(AttemptKind(held.kind), NO_UNITS)


def _settle_lost(held: Reservation) -> bool:
    """Its process was killed: write to the ledger that it read what it was to read, which is the least that it took, and count that.

    The cost of sound is known by what is read alone.
    """
    lost = FinishedAttempt(held.created, 1, "lost", 0, held.model, final=True)
    lost.tokens, lost.estimated, lost.known_cost = Tokens(input=held.input_tokens), True, held.input_cost or None
    lost.kind, lost.units = AttemptKind(held.kind), _units(held)
    used = Used(held.input_cost, held.input_tokens)
    if not reservations.settle_one(held, {"": used, BudgetKind.of(held.kind): used._replace(units=held.units)}):
        return False
    purpose = Purpose.API if held.token is not None else Purpose.AUDIO
    recording.record([lost], purpose=purpose, reply_id=None, owner_id=held.owner, token_id=held.token)
    return True
