"""Whether somebody may have an answer, by all limits that count for them, and what of their budgets it takes. Synchronous."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from django.utils import timezone

from conversations.models import OK, STOPPED, Attempt, Message, Model, Reservation, Status
from conversations.providers import endpoint as endpoints
from conversations.usage import budgets, concurrency, ledger, limits, prices, rate
from conversations.usage.budgets import Estimate
from conversations.usage.exceeded import Exceeded
from conversations.usage.ledger import Try
from conversations.usage.prices import Price, Tokens

from . import context, tally
from .refusals import Refused

if TYPE_CHECKING:
    from .reply import RunningReply

USUAL_OUTPUT = 8192
"""Tokens that are held back for an answer whose prompt sets no bound; it then gets that one."""
MOST_OUTPUT = 65_536
"""Nobody's month is held back by a prompt that allows a million."""
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
    counts = reply.usage._asdict() if reply.usage else tally.estimated(reply._tally.prompt, reply.output.length - reply._said_before) or {}
    offer = next(iter(_offers(reply.model)), None)
    made = Try(
        started=reply.started,
        number=1,
        outcome=reply.error.kind if reply.error else STOPPED if reply.status == Status.STOPPED else OK,
        duration_ms=int((timezone.now() - reply.started).total_seconds() * 1000),
        model=reply.model,
        upstream_model=offer.model if offer else "",
        base_url=offer.base_url if offer else "",
        price_list=offer.price_list if offer else "",
        price=offer.price if offer else None,
        final=True,
        characters=reply.output.length - reply._said_before,
        tokens=Tokens(*(counts.get(f"{name}_tokens") for name in Tokens._fields)),
        estimated=reply.usage is None,
    )
    return ledger.record([made], reply_id=None if gone else reply.id, owner_id=reply.owner_id)


class Offer(NamedTuple):
    """A server that may be asked for a model, and what is known of its price and window there."""

    model: str
    base_url: str
    price_list: str = ""
    price: Price | None = None
    window: int | None = None


def _offers(name: str) -> list[Offer]:
    """Wherever an answer of this model may come from: those that are known, else the one that the settings name."""
    known = Model.objects.filter(name=name, enabled=True, provider__enabled=True).select_related("provider").order_by("provider__priority")
    offers = [
        Offer(
            model.upstream_name,
            model.provider.base_url,
            model.provider.price_list,
            Price(model.input_price, model.cached_price, model.output_price, model.reasoning_price),
            model.window,
        )
        for model in known
    ]
    configured = endpoints.configured()
    if offers or configured is None:
        return offers
    return [Offer(name or configured.model, configured.base_url, window=configured.context_window)]


def _estimate(reply: Message) -> Estimate:
    """At the dearest of the servers that may be asked: which of them answers is not known yet."""
    version = reply.prompt_version
    system = version.text if version else ""
    configured = endpoints.configured()
    offers = _offers(reply.model or (configured.model if configured else ""))
    window = max((offer.window for offer in offers if offer.window), default=configured.context_window if configured else BUILT_IN_WINDOW)
    wanted = version.parameters.get("max_output_tokens") if version else None
    output = max(1, min(wanted or USUAL_OUTPUT, MOST_OUTPUT, window // 2))
    turns = context.turns(reply, context.room_for_turns(window, system, output))
    read = AROUND + sum(context.estimated_tokens(text) for text in (system, *(turn.text for turn in turns)) if text)
    return Estimate(read, output, _dearest(offers, Tokens(input=read)), _dearest(offers, Tokens(output=output)), MARGIN)


def _dearest(offers: Sequence[Offer], tokens: Tokens) -> int | None:
    """Whatever part of the output is reasoning. None where no price is known."""
    costs = [
        prices.cost(which, offer.model, offer.base_url, offer.price_list, offer.price)
        for offer in offers
        for which in (tokens, tokens._replace(reasoning=tokens.output))
    ]
    return max((cost for cost in costs if cost is not None), default=None)
