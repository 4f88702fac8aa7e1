"""Counts in budgets what answers took, and what was held back for them no more. Synchronous."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Sum
from django.utils import timezone

from conversations.models import Attempt, AttemptKind, Message, Purpose, Reservation
from conversations.routing.sources import Offer, Source
from conversations.usage.budgets import reservations
from conversations.usage.budgets.used import Used, by_kind
from conversations.usage.ledger import recording
from conversations.usage.ledger.finished_attempt import FinishedAttempt
from conversations.usage.ledger.token_estimate import of_attempt
from conversations.usage.ledger.units import Units
from conversations.usage.limits import in_force

from . import drawing, estimates, pictures, spoken_estimates


def settle(reply_id: uuid.UUID, owner_id: uuid.UUID, attempts: Sequence[Attempt], *, over: bool = True) -> None:
    """Count these attempts, which were written in this transaction. `over`: the answer has ended, and with it its reservation."""
    if not in_force.has_budgets():
        return
    held = Reservation.objects.filter(reply=reply_id).first()
    if held is None:
        reservations.add(owner_id, by_kind(attempts), _token_of(attempts))
    elif over:
        reservations.settle_by_ledger(held)  # until then they count as reserved


def settle_auxiliary(held_id: uuid.UUID, owner_id: uuid.UUID, attempts: Sequence[Attempt], *, is_noted: bool = False) -> None:
    """The same for what no message is kept of: a background request, or what a program asked.

    `is_noted`: a reservation says that it runs, also where no budget counts it.
    """
    if not (is_noted or in_force.has_budgets()):
        return
    if not reservations.settle(held_id, by_kind(attempts)):
        reservations.add(owner_id, by_kind(attempts), _token_of(attempts))


def settle_lost(message: Message) -> int:
    """An answer was given up because its process died: write its likely use to the ledger, and count it. Call it in a transaction.

    What the ledger has of it already is not counted again. Its provider is not known any more: the highest price counts, and a reserved
    output is never exceeded. Returns how many of its characters were counted now.
    """
    held, now = Reservation.objects.filter(reply=message.pk).first(), timezone.now()
    counted = Attempt.objects.filter(reply=message.pk, output_tokens__isnull=False).aggregate(all=Sum("characters"))["all"] or 0
    characters = max(0, message.length - counted)
    offers = estimates.offers_of(message.model)
    made_by = estimates.drawn(message, offers, held.said) if held else None  # by which it was held back
    read = held.input_tokens - int((made_by.expected.output or 0) / estimates.MARGIN if made_by else 0) if held else None
    tokens = of_attempt(read, characters)
    if (wish := pictures.wish(message)) is not None:
        if not Attempt.objects.filter(reply=message.pk, output_tokens__isnull=False).exists():
            wish = pictures.whole_wish(message)  # nor are those that are there in the ledger
        tokens = pictures.of_lost(message, wish, held.input_tokens if held else None)
    if message.is_spoken:
        tokens = spoken_estimates.of_lost(message)
    if held is not None and tokens.output is not None:
        tokens = tokens._replace(output=min(tokens.output, held.output_tokens))
    started = held.created if held else now
    lost = FinishedAttempt(started, 1, "lost", int((now - started).total_seconds() * 1000), message.model, final=True)
    lost.characters, lost.tokens, lost.estimated, lost.kind = characters, tokens, True, pictures.kind(message)
    if wish is not None:
        lost.units = pictures.units(wish, wish.number)
    if message.is_spoken:
        lost.known_cost = spoken_estimates.highest_cost(message, tokens)
    else:
        lost.known_cost = estimates.highest_cost(offers, tokens, lost.units)
    attempts = recording.record(
        [*_lost_pictures(message, lost, offers), lost],
        purpose=pictures.purpose(message),
        reply_id=message.pk,
        owner_id=message.owner_id,
        version_id=message.prompt_version_id,
        token_id=message.token_id,
    )
    settle(message.pk, message.owner_id, attempts)
    return characters


def _lost_pictures(message: Message, lost: FinishedAttempt, offers: list[tuple[Source, Offer]]) -> list[FinishedAttempt]:
    """What was drawn amid the answer, and the ledger doesn't have."""
    if pictures.is_wished(message) or not (number := drawing.uncounted(message)):
        return []
    makers = [drawing.maker(source.endpoint) for source, _ in offers if source.endpoint is not None] or [drawing.Maker()]
    dearest = max(makers, key=lambda one: one.cost(one.expected) or 0)
    rows = []
    for _ in range(number):
        row = FinishedAttempt(lost.started, 1, "lost", lost.duration_ms, dearest.model, purpose=Purpose.IMAGE, estimated=True)
        row.tokens, row.known_cost = dearest.expected, dearest.cost(dearest.expected)
        row.kind, row.units = AttemptKind.PICTURES, Units(pictures=1)
        rows.append(row)
    return rows


def forget_lost(reply_id: uuid.UUID, owner_id: uuid.UUID, since: datetime) -> None:
    """The answer was presumed lost, but runs: drop the estimated use that was counted since it began here. Its true use replaces it."""
    presumed = list(Attempt.objects.filter(reply=reply_id, outcome="lost", recorded__gte=since))
    if presumed:
        Attempt.objects.filter(pk__in=[attempt.pk for attempt in presumed]).delete()
        taken = {kind: Used(*(-amount for amount in used)) for kind, used in by_kind(presumed).items()}
        reservations.add(owner_id, taken, _token_of(presumed))


def _token_of(attempts: Sequence[Attempt]) -> uuid.UUID | None:
    """The API token that these, of one reply, were asked for with."""
    return attempts[0].token_id if attempts else None
