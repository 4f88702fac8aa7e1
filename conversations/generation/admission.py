"""Whether a user may have an answer, by all limits that apply, and what is held back of their budgets for it. Synchronous."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from django.db import transaction

from conversations.models import Message, Reservation
from conversations.models.identifiers import new_id
from conversations.providers.request import Request
from conversations.routing.sources import Offer, Source
from conversations.usage.budgets import reservations
from conversations.usage.budgets.estimate import Estimate
from conversations.usage.ledger.finished_attempt import FinishedAttempt
from conversations.usage.ledger.token_estimate import tokens_written
from conversations.usage.limits import concurrency, in_force, message_rate
from conversations.usage.limits.in_force import Allowed

from . import estimates, pictures, spoken_estimates


def require(reply: Message) -> None:
    """Let this answer begin, which is saved as running. Raises Exceeded where a limit stands in its way.

    Call it last in the transaction that lets it begin. Where a budget counts it, its parameters say how long it may get.
    """
    allowed = in_force.applying(reply.owner_id, reply.token_id)
    if not allowed and not in_force.kinds():
        return
    message_rate.require(allowed)
    concurrency.require(allowed, reply.owner_id, reply.pk)
    if _have_budgets(allowed):
        wish, said = pictures.wish(reply), reply.length
        if reply.is_spoken:
            estimate = spoken_estimates.of_answer(reply)
        else:
            estimate = estimates.of_reply(reply) if wish is None else estimates.of_pictures(reply, wish)
        max_tokens = reservations.reserve(allowed, reply.owner_id, reply.pk, estimate, said, reply.token_id, is_whole=wish is not None)
        if wish is None and max_tokens is not None and reply.parameters.get("max_output_tokens") != max_tokens:
            reply.parameters = {**reply.parameters, "max_output_tokens": max_tokens}
            reply.save(update_fields=["parameters"])


def require_unstored(reply: Message, texts: list[str], beside: int, file_tokens: int = 0) -> None:
    """The same for an answer that no conversation holds, to these texts and files: the last thing in a transaction. Raises Exceeded.

    `beside`: how many of these are written for its user already.
    """
    allowed = in_force.applying(reply.owner_id, reply.token_id)
    if not allowed and not in_force.kinds():
        return
    message_rate.require(allowed)
    concurrency.require(allowed, reply.owner_id, reply.pk, beside)
    estimate = estimates.of_trial(reply.model, texts, reply.parameters.get("max_output_tokens"), file_tokens)
    max_tokens = reservations.reserve(allowed, reply.owner_id, reply.pk, estimate, token_id=reply.token_id)
    if max_tokens is not None:
        reply.parameters = {**reply.parameters, "max_output_tokens": max_tokens}


def reserve_auxiliary(request: Request, owner_id: uuid.UUID) -> tuple[uuid.UUID, Request]:
    """Reserve what a background request may take. Returns the id to settle it by, and the request with its bound. Raises Exceeded."""
    held_id, allowed = new_id(), in_force.applying(owner_id)
    if not _have_budgets(allowed):
        return held_id, request
    with transaction.atomic():
        max_tokens = reservations.reserve(allowed, owner_id, held_id, estimates.of_background_request(request))
    return held_id, replace(request, parameters={**request.parameters, "max_output_tokens": max_tokens})


def reserve_audio(model: str, most_seconds: int, owner_id: uuid.UUID) -> uuid.UUID:
    """Reserve what a recording of at most so many seconds may take. Returns the id to settle it by. Raises Exceeded."""
    held_id, allowed = new_id(), in_force.applying(owner_id)
    estimate = estimates.of_audio(estimates.offers_of(model), most_seconds)
    with transaction.atomic():
        reservations.reserve(allowed, owner_id, held_id, estimate, noted_model=model)
    return held_id


def require_talk(owner_id: uuid.UUID, model: str, read: spoken_estimates.Read) -> None:
    """Whether an answer fits in, of a talk that is to begin. Nothing stays reserved: each answer reserves its own. Raises Exceeded."""
    allowed = in_force.applying(owner_id)
    if _have_budgets(allowed):
        held_id = new_id()
        with transaction.atomic():
            reservations.reserve(allowed, owner_id, held_id, spoken_estimates.of(model, read))
            reservations.settle(held_id, {})


def require_passed(
    held_id: uuid.UUID,
    owner_id: uuid.UUID,
    token_id: uuid.UUID,
    beside: int,
    model: str,
    most: Callable[[str, Sequence[tuple[Source, Offer]]], Estimate],
) -> None:
    """Let what a program asks be passed on to a provider: the last thing in a transaction. Raises Exceeded.

    `most`: what it may take at most, of the providers that may be asked. `beside`: how many answers are written for its user already.
    """
    allowed = in_force.applying(owner_id, token_id)
    if not allowed and not in_force.kinds():
        return
    message_rate.require(allowed)
    concurrency.require(allowed, owner_id, held_id, beside)
    if _have_budgets(allowed):
        reservations.reserve(allowed, owner_id, held_id, most(model, estimates.offers_of(model)), token_id=token_id, is_whole=True)


def reserve_speech(model: str, text: str, instructions: str, owner_id: uuid.UUID) -> uuid.UUID:
    """Reserve what reading this text aloud takes. Returns the id to settle it by. Raises Exceeded."""
    held_id, allowed = new_id(), in_force.applying(owner_id)
    estimate = estimates.of_speech(estimates.offers_of(model), text, instructions)
    with transaction.atomic():
        reservations.reserve(allowed, owner_id, held_id, estimate, is_whole=True, noted_model=model)
    return held_id


def has_room(reply: Message, attempts: Sequence[FinishedAttempt]) -> bool:
    """Whether another attempt fits into this answer's reservation, beside what the earlier ones used."""
    tokens = _tokens_of(attempts)
    if not tokens or not in_force.has_budgets() or (held := Reservation.objects.filter(reply=reply.pk).first()) is None:
        return True
    cost = sum(attempt.cost or 0 for attempt in attempts)
    return tokens + held.input_tokens + held.output_tokens <= held.tokens and cost + held.input_cost + held.output_cost <= held.cost


def room_for_the_rest(reply: Message, attempts: Sequence[FinishedAttempt], length: int) -> int | None:
    """Tokens that the rest of this answer, which broke off after `length` characters, may have: what its reservation leaves.

    None where no budget counts it.
    """
    if not in_force.has_budgets() or (held := Reservation.objects.filter(reply=reply.pk).first()) is None:
        return None
    written = tokens_written(max(0, length - held.said))
    reading = held.input_tokens + written + estimates.OVERHEAD_TOKENS
    used = max(_tokens_of(attempts), held.input_tokens + written)  # a process that is gone may have made some of them
    room = held.tokens - used - reading
    if held.output_cost:
        cost = sum(attempt.cost or 0 for attempt in attempts) + held.input_cost * reading // max(1, held.input_tokens)
        room = min(room, (held.cost - cost) * held.output_tokens // held.output_cost)
    return room


def _have_budgets(allowed: Sequence[Allowed]) -> bool:
    """Whether some may count it: whether one for its kind alone does is known when that is."""
    return any(limit.has_budget for limit in allowed) or bool(in_force.kinds())


def _tokens_of(attempts: Sequence[FinishedAttempt]) -> int:
    return sum((attempt.tokens.input or 0) + (attempt.tokens.output or 0) for attempt in attempts)
