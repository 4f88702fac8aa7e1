"""Whether a user may have an answer, by all limits that apply, and what it takes from their budgets. Synchronous."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from conversations.models import Attempt, Message, Purpose, Reservation
from conversations.models.identifiers import new_id
from conversations.providers.request import Request, Wish
from conversations.rendering import told
from conversations.routing import catalog, routes
from conversations.routing.sources import Offer, Source
from conversations.usage.budgets import reservations
from conversations.usage.budgets.estimate import Estimate
from conversations.usage.ledger import audio_prices, prices, recording
from conversations.usage.ledger.finished_attempt import FinishedAttempt
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.token_estimate import of_attempt, tokens_read, tokens_written
from conversations.usage.limits import concurrency, in_force, message_rate

from . import attached, drawing, fallbacks, history, pictures
from .attached import Takes

DEFAULT_OUTPUT_TOKENS = 8192
"""Reserved for an answer whose prompt sets no bound, and then its bound."""
MAX_OUTPUT_TOKENS = 65_536
"""So that a prompt that allows a million doesn't reserve a user's whole month."""
AUXILIARY_OUTPUT_TOKENS = 1024
"""For a title and the like. Reasoning models need some before it."""
MARGIN = 2.0
"""The prompt may take so many times its estimate: digits and some languages have more tokens per character."""
OVERHEAD_TOKENS = 64
"""What a provider may add to the prompt."""
BUILT_IN_WINDOW_TOKENS = 2048


def require(reply: Message) -> None:
    """Let this answer begin, which is saved as running. Raises Exceeded where a limit stands in its way.

    Call it last in the transaction that lets it begin. Where a budget counts it, its parameters say how long it may get.
    """
    allowed = in_force.applying(reply.owner_id, reply.token_id)
    if not allowed:
        return
    message_rate.require(allowed)
    concurrency.require(allowed, reply.owner_id, reply.pk)
    if any(limit.has_budget for limit in allowed):
        wish, said = pictures.wish(reply), reply.length
        estimate = _of_reply(reply) if wish is None else _of_pictures(reply, wish)
        max_tokens = reservations.reserve(allowed, reply.owner_id, reply.pk, estimate, said, reply.token_id, is_whole=wish is not None)
        if wish is None and reply.parameters.get("max_output_tokens") != max_tokens:
            reply.parameters = {**reply.parameters, "max_output_tokens": max_tokens}
            reply.save(update_fields=["parameters"])


def require_unstored(reply: Message, texts: list[str], beside: int, file_tokens: int = 0) -> None:
    """The same for an answer that no conversation holds, to these texts and files: the last thing in a transaction. Raises Exceeded.

    `beside`: how many of these are written for its user already.
    """
    allowed = in_force.applying(reply.owner_id, reply.token_id)
    if not allowed:
        return
    message_rate.require(allowed)
    concurrency.require(allowed, reply.owner_id, reply.pk, beside)
    estimate = of_trial(reply.model, texts, reply.parameters.get("max_output_tokens"), file_tokens)
    max_tokens = reservations.reserve(allowed, reply.owner_id, reply.pk, estimate, token_id=reply.token_id)
    if max_tokens is not None:
        reply.parameters = {**reply.parameters, "max_output_tokens": max_tokens}


def reserve_auxiliary(request: Request, owner_id: uuid.UUID) -> tuple[uuid.UUID, Request]:
    """Reserve what a background request may take. Returns the id to settle it by, and the request with its bound. Raises Exceeded."""
    held_id, allowed = new_id(), in_force.applying(owner_id)
    if not any(limit.has_budget for limit in allowed):
        return held_id, request
    prompt = _tokens([request.system, *(turn.text for turn in request.turns)])
    with transaction.atomic():
        max_tokens = reservations.reserve(allowed, owner_id, held_id, _estimate(_offers(request.model), prompt, AUXILIARY_OUTPUT_TOKENS))
    return held_id, replace(request, parameters={**request.parameters, "max_output_tokens": max_tokens})


def reserve_audio(model: str, most_seconds: int, owner_id: uuid.UUID) -> uuid.UUID:
    """Reserve what a recording of at most so many seconds may take. Returns the id to settle it by. Raises Exceeded."""
    held_id, allowed = new_id(), in_force.applying(owner_id)
    if any(limit.has_budget for limit in allowed):
        with transaction.atomic():
            reservations.reserve(allowed, owner_id, held_id, of_audio(_offers(model), most_seconds))
    return held_id


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
    if not allowed:
        return
    message_rate.require(allowed)
    concurrency.require(allowed, owner_id, held_id, beside)
    if any(limit.has_budget for limit in allowed):
        reservations.reserve(allowed, owner_id, held_id, most(model, _offers(model)), token_id=token_id, is_whole=True)


def of_audio(offers: Sequence[tuple[Source, Offer]], most_seconds: int) -> Estimate:
    """What a recording of at most so many seconds may take."""
    costs = [audio_prices.most(most_seconds, offer.upstream, *_place(source), offer.price) for source, offer in offers]
    prompt, said = audio_prices.tokens_of(most_seconds)
    cost = max((one for one in costs if one is not None), default=None)
    return Estimate(prompt, said, cost, None if cost is None else 0)


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
    reading = held.input_tokens + written + OVERHEAD_TOKENS
    used = max(_tokens_of(attempts), held.input_tokens + written)  # a process that is gone may have made some of them
    room = held.tokens - used - reading
    if held.output_cost:
        cost = sum(attempt.cost or 0 for attempt in attempts) + held.input_cost * reading // max(1, held.input_tokens)
        room = min(room, (held.cost - cost) * held.output_tokens // held.output_cost)
    return room


def settle(reply_id: uuid.UUID, owner_id: uuid.UUID, attempts: Sequence[Attempt], *, over: bool = True) -> None:
    """Count these attempts, which were written in this transaction. `over`: the answer has ended, and with it its reservation."""
    if not in_force.has_budgets():
        return
    held = Reservation.objects.filter(reply=reply_id).first()
    if held is None:
        reservations.add(owner_id, *_taken(attempts), _token_of(attempts))
    elif over:
        reservations.settle_by_ledger(held)  # until then they count as reserved


def settle_auxiliary(held_id: uuid.UUID, owner_id: uuid.UUID, attempts: Sequence[Attempt]) -> None:
    """The same for what no message is kept of: a background request, or what a program asked."""
    if in_force.has_budgets() and not reservations.settle(held_id, *_taken(attempts)):
        reservations.add(owner_id, *_taken(attempts), _token_of(attempts))


def _tokens_of(attempts: Sequence[FinishedAttempt]) -> int:
    return sum((attempt.tokens.input or 0) + (attempt.tokens.output or 0) for attempt in attempts)


def _taken(attempts: Sequence[Attempt]) -> tuple[int, int]:
    """Nanodollars and tokens."""
    cost = sum(attempt.cost or 0 for attempt in attempts)
    return cost, sum((attempt.input_tokens or 0) + (attempt.output_tokens or 0) for attempt in attempts)


def _token_of(attempts: Sequence[Attempt]) -> uuid.UUID | None:
    """The API token that these, of one reply, were asked for with."""
    return attempts[0].token_id if attempts else None


def settle_lost(message: Message) -> int:
    """An answer was given up because its process died: write its likely use to the ledger, and count it. Call it in a transaction.

    What the ledger has of it already is not counted again. Its provider is not known any more: the highest price counts, and a reserved
    output is never exceeded. Returns how many of its characters were counted now.
    """
    held, now = Reservation.objects.filter(reply=message.pk).first(), timezone.now()
    counted = Attempt.objects.filter(reply=message.pk, output_tokens__isnull=False).aggregate(all=Sum("characters"))["all"] or 0
    characters = max(0, message.length - counted)
    offers = _offers(message.model)
    made_by = _drawn(message, offers) if held else None
    read = held.input_tokens - int((made_by.expected.output or 0) / MARGIN if made_by else 0) if held else None
    tokens = of_attempt(read, characters)
    if (wish := pictures.wish(message)) is not None:
        if not Attempt.objects.filter(reply=message.pk, output_tokens__isnull=False).exists():
            wish = pictures.whole_wish(message)  # nor are those that are there in the ledger
        tokens = pictures.of_lost(message, wish, held.input_tokens if held else None)
    if held is not None and tokens.output is not None:
        tokens = tokens._replace(output=min(tokens.output, held.output_tokens))
    started = held.created if held else now
    lost = FinishedAttempt(started, 1, "lost", int((now - started).total_seconds() * 1000), message.model, final=True)
    lost.characters, lost.tokens, lost.estimated = characters, tokens, True
    lost.known_cost = highest_cost(offers, tokens)
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
        rows.append(row)
    return rows


def forget_lost(reply_id: uuid.UUID, owner_id: uuid.UUID, since: datetime) -> None:
    """The answer was presumed lost, but runs: drop the estimated use that was counted since it began here. Its true use replaces it."""
    presumed = list(Attempt.objects.filter(reply=reply_id, outcome="lost", recorded__gte=since))
    if presumed:
        Attempt.objects.filter(pk__in=[attempt.pk for attempt in presumed]).delete()
        cost, tokens = _taken(presumed)
        reservations.add(owner_id, -cost, -tokens, _token_of(presumed))


def _of_reply(reply: Message) -> Estimate:
    version, offers = reply.prompt_version, _offers(reply.model)
    if (fallback := fallbacks.of(reply)) is not None:
        offers += _offers(fallback.model)
    system, examples = told.told(reply)
    output = _longest_output(offers, version.parameters.get("max_output_tokens") if version else None)
    models = tuple(offer.upstream for _, offer in offers)
    takes = Takes(documents=any(offer.takes_documents for _, offer in offers), models=models, is_counted=True)
    turns = history.turns(reply, history.room_for_turns(_largest_window(offers), system, output), takes=takes)
    texts = [system, *(one["text"] for one in examples)]
    estimate = _estimate(offers, _tokens(texts) + sum(attached.tokens(turn) for turn in turns if turn.text or turn.files), output)
    return _with_picture(estimate, _drawn(reply, offers))


def _with_picture(estimate: Estimate, made_by: drawing.Maker | None) -> Estimate:
    """Beside it, what one picture takes that may be drawn. A price that is unknown is told where it is counted, and holds nothing back."""
    if made_by is None:
        return estimate
    tokens = made_by.expected.output or 0
    cost = made_by.cost(made_by.expected)
    return estimate._replace(
        input_tokens=estimate.input_tokens + int(tokens / MARGIN),
        input_cost=None if estimate.input_cost is None else estimate.input_cost + int((cost or 0) / MARGIN),
    )


def _drawn(reply: Message, offers: list[tuple[Source, Offer]]) -> drawing.Maker | None:
    """What makes the picture that may be drawn amid the answer; None where none may."""
    if not drawing.is_wished(reply) or drawing.has_picture(reply):
        return None
    endpoints = (source.endpoint for source, offer in offers if source.endpoint is not None and offer.draws_amid(source.endpoint))
    found = [drawing.maker(endpoint) for endpoint in endpoints]
    return max(found, key=lambda one: one.cost(one.expected) or 0, default=None)


def _of_pictures(reply: Message, wish: Wish) -> Estimate:
    """What these pictures take is known before, or nearly: a budget has room for all of it, or for none."""
    offers, prompt = _offers(reply.model), pictures.prompt_tokens(pictures.question(reply))
    output = pictures.expected_tokens(reply.model, wish)
    prompt_cost, whole_cost = (
        highest_cost(offers, Tokens(input=prompt + OVERHEAD_TOKENS, output=made, made_images=made)) for made in (0, output)
    )
    if prompt_cost is None or whole_cost is None:
        return Estimate(prompt + OVERHEAD_TOKENS, output, None, None, MARGIN)
    return Estimate(prompt + OVERHEAD_TOKENS, output, prompt_cost, whole_cost - prompt_cost, MARGIN)


def of_trial(model: str, texts: list[str], bound: int | None, file_tokens: int = 0) -> Estimate:
    """What an answer to these texts may take, of at most `bound` tokens."""
    offers = _offers(model)
    return _estimate(offers, _tokens(texts) + file_tokens, _longest_output(offers, bound))


def _estimate(offers: list[tuple[Source, Offer]], prompt: int, output: int) -> Estimate:
    """By the highest price of the providers that may be asked: which of them answers is not known yet."""
    prompt_cost = highest_cost(offers, Tokens(input=prompt))
    whole_cost = highest_cost(offers, Tokens(input=prompt, output=output))
    if prompt_cost is None or whole_cost is None:
        return Estimate(prompt, output, None, None, MARGIN)
    return Estimate(prompt, output, prompt_cost, whole_cost - prompt_cost, MARGIN)


def highest_cost(offers: Sequence[tuple[Source, Offer]], tokens: Tokens) -> int | None:
    """The most that these tokens may cost, whatever part of the output is reasoning. None where no price is known."""
    costs = [
        prices.cost(counted, offer.upstream, source.base_url, source.price_list, offer.price)
        for source, offer in offers
        for counted in (tokens, tokens._replace(reasoning=tokens.output))
    ]
    return max((cost for cost in costs if cost is not None), default=None)


def _offers(model: str) -> list[tuple[Source, Offer]]:
    return [(source, offer) for source in catalog.read().sources if (offer := source.offer(model)) is not None]


def _longest_output(offers: list[tuple[Source, Offer]], bound: int | None) -> int:
    return max(1, min(bound or DEFAULT_OUTPUT_TOKENS, MAX_OUTPUT_TOKENS, _largest_window(offers) // 2))


def _place(source: Source) -> tuple[str, str]:
    """Whose prices count."""
    return source.base_url, source.price_list


def _largest_window(offers: list[tuple[Source, Offer]]) -> int:
    return max((_window(source, offer) for source, offer in offers), default=BUILT_IN_WINDOW_TOKENS)


def _window(source: Source, offer: Offer) -> int:
    """As requests are built for it: less would be reserved than a long document takes."""
    return routes.window(source, offer) or BUILT_IN_WINDOW_TOKENS


def _tokens(texts: list[str]) -> int:
    return OVERHEAD_TOKENS + sum(tokens_read(text) for text in texts if text)
