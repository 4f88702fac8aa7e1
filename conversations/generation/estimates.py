"""What answers may take at most, by the highest price of the providers that may be asked: so much of a budget is held back. Synchronous."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.models import AttemptKind, Message, switches
from conversations.providers.request import Request, Wish
from conversations.rendering import told
from conversations.routing import catalog, windows
from conversations.routing.sources import Offer, Source
from conversations.usage.budgets.estimate import Estimate
from conversations.usage.ledger import audio_prices, prices
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.token_estimate import tokens_read
from conversations.usage.ledger.units import NO_UNITS, Units

from . import asked_by_program, attached, drawing, fallbacks, history, pictures
from .left_out import LeftOut
from .whole_files import Takes

DEFAULT_OUTPUT_TOKENS = 8192
"""Reserved for an answer whose prompt sets no bound, and then its bound."""
MAX_OUTPUT_TOKENS = 65_536
"""So that a prompt that allows a million doesn't reserve a user's whole month."""
BACKGROUND_OUTPUT_TOKENS = 1024
"""For a title and the like. Reasoning models need some before it."""
MARGIN = 2.0
"""The prompt may take so many times its estimate: digits and some languages have more tokens per character."""
OVERHEAD_TOKENS = 64
"""What a provider may add to the prompt."""
BUILT_IN_WINDOW_TOKENS = 2048


def of_reply(reply: Message) -> Estimate:
    """What an answer may take that reads its conversation."""
    version, offers = reply.prompt_version, offers_of(reply.model)
    if (fallback := fallbacks.of(reply)) is not None:
        offers += offers_of(fallback.model)
    system, examples = told.told(reply)
    bounds = (reply.asked.get("parameters", {}).get("max_output_tokens"), version.parameters.get("max_output_tokens") if version else None)
    output = _longest_output(offers, next(filter(None, bounds), None))
    models = tuple(offer.upstream for _, offer in offers)
    off = tuple(switches.off(version.prompt if version else None))
    documents, sound = any(offer.takes_documents for _, offer in offers), any(offer.takes_sound for _, offer in offers)
    takes = Takes(documents=documents, sound=sound, models=models, off=off, is_counted=True)
    room, given = history.room_for_turns(_largest_window(offers), system, output), LeftOut()
    turns = history.turns(reply, room, takes=takes, left_out=given)
    functions = asked_by_program.functions(reply)
    texts = [system, *(one["text"] for one in examples), functions.text if functions else ""]
    heard = sum(file.tokens for turn in turns for file in turn.files if file.kind == "audio")
    estimate = _estimate(offers, _tokens(texts) + sum(map(attached.tokens, turns)), output, heard)
    if given.files:
        estimate = estimate._replace(kind=AttemptKind.FILES, units=given.files)
    return with_picture(estimate, drawn(reply, offers))


def with_picture(estimate: Estimate, made_by: drawing.Maker | None) -> Estimate:
    """Beside it, what one picture takes that may be drawn. A price that is unknown is told where it is counted, and holds nothing back.

    That of the picture is held back also where the answer has none.
    """
    if made_by is None:
        return estimate
    tokens = made_by.expected.output or 0
    cost = made_by.cost(made_by.expected)
    held = None if cost is None and estimate.input_cost is None else (estimate.input_cost or 0) + int((cost or 0) / MARGIN)
    return estimate._replace(input_tokens=estimate.input_tokens + int(tokens / MARGIN), input_cost=held)


def drawn(reply: Message, offers: list[tuple[Source, Offer]], said: int | None = None) -> drawing.Maker | None:
    """What makes the picture that may be drawn amid the answer, or might when it `said` so much; None where none may."""
    if not drawing.is_wished(reply) or drawing.has_picture(reply, said):
        return None
    endpoints = (source.endpoint for source, offer in offers if source.endpoint is not None and offer.draws_amid(source.endpoint))
    found = [drawing.maker(endpoint) for endpoint in endpoints]
    return max(found, key=lambda one: one.cost(one.expected) or 0, default=None)


def of_pictures(reply: Message, wish: Wish) -> Estimate:
    """What these pictures take is known before, or nearly: a budget has room for all of it, or for none."""
    offers, prompt = offers_of(reply.model), pictures.prompt_tokens(pictures.question(reply))
    output = pictures.expected_tokens(reply.model, wish)
    prompt_cost, whole_cost = (
        highest_cost(offers, Tokens(input=prompt + OVERHEAD_TOKENS, output=made, made_images=made), pictures.units(wish, number))
        for made, number in ((0, 0), (output, wish.number))
    )
    estimate = Estimate(prompt + OVERHEAD_TOKENS, output, None, None, MARGIN, AttemptKind.PICTURES, wish.number)
    if prompt_cost is None or whole_cost is None:
        return estimate
    return estimate._replace(input_cost=prompt_cost, output_cost=whole_cost - prompt_cost)


def of_background_request(request: Request) -> Estimate:
    return _estimate(offers_of(request.model), _tokens([request.system, *(turn.text for turn in request.turns)]), BACKGROUND_OUTPUT_TOKENS)


def of_trial(model: str, texts: list[str], bound: int | None, file_tokens: int = 0) -> Estimate:
    """What an answer to these texts may take, of at most `bound` tokens."""
    offers = offers_of(model)
    return _estimate(offers, _tokens(texts) + file_tokens, _longest_output(offers, bound))


def of_audio(offers: Sequence[tuple[Source, Offer]], most_seconds: int) -> Estimate:
    """What a recording of at most so many seconds may take."""
    costs = [audio_prices.most(most_seconds, offer.upstream, *_place(source), offer.price) for source, offer in offers]
    prompt, said = audio_prices.tokens_of(most_seconds)
    cost = max((one for one in costs if one is not None), default=None)
    return Estimate(prompt, said, cost, None if cost is None else 0, kind=AttemptKind.TRANSCRIPTS, units=1000 * most_seconds)


def of_speech(offers: Sequence[tuple[Source, Offer]], text: str, instructions: str) -> Estimate:
    """What reading this text aloud takes."""
    tokens = audio_prices.spoken(text, instructions)
    places = [(offer.upstream, *_place(source), offer.price) for source, offer in offers]
    cost = max((one for place in places if (one := audio_prices.cost_of_speech(text, tokens, *place)) is not None), default=None)
    units = audio_prices.units_spoken(text).sound_ms
    return Estimate(tokens.input or 0, tokens.output or 0, cost, None if cost is None else 0, kind=AttemptKind.SPEECH, units=units)


def _estimate(offers: list[tuple[Source, Offer]], prompt: int, output: int, heard: int = 0) -> Estimate:
    """By the highest price of the providers that may be asked: which of them answers isn't known yet. `heard`: what of it is sound."""
    prompt_cost = highest_cost(offers, Tokens(input=prompt, input_audio=heard or None))
    whole_cost = highest_cost(offers, Tokens(input=prompt, output=output, input_audio=heard or None))
    if prompt_cost is None or whole_cost is None:
        return Estimate(prompt, output, None, None, MARGIN)
    return Estimate(prompt, output, prompt_cost, whole_cost - prompt_cost, MARGIN)


def highest_cost(offers: Sequence[tuple[Source, Offer]], tokens: Tokens, units: Units = NO_UNITS) -> int | None:
    """The most that these tokens or units may cost, whatever part of the output is reasoning. None where no price is known."""
    costs = [
        prices.cost(counted, offer.upstream, source.base_url, source.price_list, offer.price, units)
        for source, offer in offers
        for counted in (tokens, tokens._replace(reasoning=tokens.output))
    ]
    return max((cost for cost in costs if cost is not None), default=None)


def offers_of(model: str) -> list[tuple[Source, Offer]]:
    """The providers that may be asked for it."""
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
    return windows.of(source, offer) or BUILT_IN_WINDOW_TOKENS


def _tokens(texts: list[str]) -> int:
    return OVERHEAD_TOKENS + sum(tokens_read(text) for text in texts if text)
