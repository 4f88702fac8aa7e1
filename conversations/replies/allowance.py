"""Whether somebody may have an answer, by all limits that count for them, and what of their budgets it takes. Synchronous."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from conversations.models import OK, STOPPED, Attempt, Message, Purpose, Reservation, Status
from conversations.models.identifiers import new_id
from conversations.providers import endpoint as endpoints
from conversations.providers.parts import Usage
from conversations.providers.request import Request
from conversations.usage import budgets, concurrency, ledger, limits, rate
from conversations.usage.budgets import Estimate
from conversations.usage.exceeded import Exceeded
from conversations.usage.ledger import Try
from conversations.usage.prices import Tokens

from . import context, offers, tally
from .refusals import Refused

if TYPE_CHECKING:
    from .reply import RunningReply

USUAL_OUTPUT = 8192
"""Tokens that are held back for an answer whose prompt sets no bound; it then gets that one."""
MOST_OUTPUT = 65_536
"""Nobody's month is held back by a prompt that allows a million."""
TITLE_OUTPUT = 1024
"""Models that think first need some."""
MARGIN = 2.0
"""Reading may take so many times what is estimated: figures and some languages take more tokens than words do."""
AROUND = 64
"""Tokens that a provider may put around what it is given."""
BUILT_IN_WINDOW = 2048


def require(reply: Message, request_id: uuid.UUID) -> None:
    """Let this answer begin, which is saved as running. Raises Refused where a limit stands in its way.

    Call it last in the transaction that lets it begin. Where a budget leaves less than the longest answer, its parameters say how long
    it may get.
    """
    allowed = limits.applying(reply.owner_id)
    if not allowed:
        return
    try:
        rate.require(allowed, reply.owner_id, request_id)
        concurrency.require(allowed, reply.owner_id, reply.pk)
        if any(one.has_budget for one in allowed):
            estimate = _estimate(reply)
            most = budgets.reserve(allowed, reply.owner_id, reply.pk, estimate, reply.length)
            if most is not None and reply.parameters.get("max_output_tokens") != most:
                reply.parameters = {**reply.parameters, "max_output_tokens": most}
                reply.save(update_fields=["parameters"])
    except Exceeded as exceeded:
        raise Refused(exceeded.code, exceeded.detail, exceeded.resets) from None


def settle(reply_id: uuid.UUID, owner_id: uuid.UUID, attempts: Iterable[Attempt]) -> None:
    """An answer has ended, in this transaction, and these are the attempts that were written for it."""
    if not limits.has_budgets():
        return
    attempts = list(attempts)
    cost = sum(attempt.cost or 0 for attempt in attempts)
    tokens = sum((attempt.input_tokens or 0) + (attempt.output_tokens or 0) for attempt in attempts)
    if not budgets.settle(reply_id, cost, tokens):
        budgets.add(owner_id, cost, tokens)


def settle_lost(message: Message) -> None:
    """An answer was given up because its process died, in this transaction: what it will have taken counts, and stands in the ledger."""
    if not limits.has_budgets():
        return
    held = Reservation.objects.filter(reply=message.pk).first()
    if held is None:
        return
    likely = budgets.likely(held, message.length)
    now = timezone.now()
    Attempt.objects.create(
        recorded=now,
        reply=message,
        owner_id=message.owner_id,
        prompt_version_id=message.prompt_version_id,
        model=message.model,
        number=1,
        outcome="lost",
        started=held.created,
        duration_ms=max(0, int((now - held.created).total_seconds() * 1000)),
        characters=max(0, message.length - held.said),
        input_tokens=held.input_tokens,
        output_tokens=likely.tokens - held.input_tokens,
        estimated=True,
        cost=likely.cost if held.cost else None,
    )
    budgets.settle(message.pk, likely.cost, likely.tokens)


def written(reply: RunningReply, *, gone: bool = False) -> list[Attempt]:
    """Write the one attempt of this go into the ledger. `gone`: its message was deleted meanwhile."""
    if not limits.has_budgets():
        return []
    said = reply.output.length - reply._said_before
    counts = reply.usage._asdict() if reply.usage else tally.estimated(reply._tally.prompt, said) or {}
    made = Try(
        started=reply.started,
        number=1,
        outcome=reply.error.kind if reply.error else STOPPED if reply.status == Status.STOPPED else OK,
        duration_ms=_milliseconds_since(reply.started),
        characters=said,
        tokens=_tokens(counts),
        estimated=reply.usage is None,
        final=True,
        **_priced(reply.model),
    )
    return ledger.record([made], reply_id=None if gone else reply.id, owner_id=reply.owner_id)


def hold_for_title(owner_id: uuid.UUID, request: Request) -> tuple[uuid.UUID, Request]:
    """Hold back what a title may take. Returns under which id, and the request as it is to be made. Raises Refused."""
    held, allowed = new_id(), limits.applying(owner_id)
    if not any(one.has_budget for one in allowed):
        return held, request
    read = AROUND + sum(context.estimated_tokens(text) for text in (request.system, *(turn.text for turn in request.turns)))
    try:
        with transaction.atomic():
            most = budgets.reserve(allowed, owner_id, held, _of(offers.of(request.model), read, TITLE_OUTPUT))
    except Exceeded as exceeded:
        raise Refused(exceeded.code, exceeded.detail, exceeded.resets) from None
    return held, replace(request, parameters={**request.parameters, "max_output_tokens": most})


def settle_title(held: uuid.UUID, owner_id: uuid.UUID, request: Request, usage: Usage | None, said: int, started: datetime) -> None:
    """The title is there, or is given up."""
    if not limits.has_budgets():
        return
    prompt = sum(context.estimated_tokens(text) for text in (request.system, *(turn.text for turn in request.turns)))
    made = Try(
        started=started,
        number=1,
        outcome=OK,
        duration_ms=_milliseconds_since(started),
        characters=said,
        tokens=_tokens(usage._asdict() if usage else tally.estimated(prompt, said) or {}),
        estimated=usage is None,
        final=True,
        **_priced(request.model),
    )
    with transaction.atomic():
        settle(held, owner_id, ledger.record([made], purpose=Purpose.TITLE, reply_id=None, owner_id=owner_id))


def _priced(model: str) -> dict[str, Any]:
    offer = next(iter(offers.of(model)), None)
    if offer is None:
        return {"model": model}
    return {
        "model": model,
        "upstream_model": offer.model,
        "base_url": offer.base_url,
        "price_list": offer.price_list,
        "price": offer.price,
    }


def _tokens(counts: Mapping[str, Any]) -> Tokens:
    return Tokens(*(counts.get(f"{name}_tokens") for name in Tokens._fields))


def _milliseconds_since(moment: datetime) -> int:
    return max(0, int((timezone.now() - moment).total_seconds() * 1000))


def _estimate(reply: Message) -> Estimate:
    """At the dearest of the servers that may be asked: which of them answers is not known yet."""
    version = reply.prompt_version
    system = version.text if version else ""
    configured = endpoints.configured()
    those = offers.of(reply.model or (configured.model if configured else ""))
    window = max((offer.window for offer in those if offer.window), default=configured.context_window if configured else BUILT_IN_WINDOW)
    wanted = version.parameters.get("max_output_tokens") if version else None
    output = max(1, min(wanted or USUAL_OUTPUT, MOST_OUTPUT, window // 2))
    turns = context.turns(reply, context.room_for_turns(window, system, output))
    read = AROUND + sum(context.estimated_tokens(text) for text in (system, *(turn.text for turn in turns)) if text)
    return _of(those, read, output)


def _of(those: list[offers.Offer], read: int, output: int) -> Estimate:
    reading, whole = offers.dearest(those, Tokens(input=read)), offers.dearest(those, Tokens(input=read, output=output))
    if reading is None or whole is None:
        return Estimate(read, output, None, None, MARGIN)
    return Estimate(read, output, reading, whole - reading, MARGIN)
