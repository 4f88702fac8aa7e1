"""What an answer in speech takes, before that is known: so much of a budget is held back, or counted where it never came. Synchronous."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from conversations.models import AttemptKind, Message
from conversations.models.messages import SPOKEN
from conversations.routing.sources import Offer, Source
from conversations.usage.budgets.estimate import Estimate
from conversations.usage.ledger import audio_prices
from conversations.usage.ledger.prices import Tokens

from . import estimates

MS_PER_OUTPUT_TOKEN = 50
"""Of audio that is made, as OpenAI counts it."""
MOST_OUTPUT_TOKENS = 4096
"""Of an answer, which is so long at most: the Realtime API has no longer ones."""


class Read(NamedTuple):
    """Tokens that the model reads and hears for an answer, estimated."""

    text: int
    audio: int

    @property
    def all(self) -> int:
        return self.text + self.audio


def stored(read: Read) -> dict[str, dict[str, int]]:
    """As a reply's parameters keep it."""
    return {SPOKEN: read._asdict()}


def read_for(reply: Message) -> Read:
    return Read(**reply.parameters[SPOKEN])


def of_answer(reply: Message) -> Estimate:
    return of(reply.model, read_for(reply))


def of(model: str, read: Read) -> Estimate:
    """All of the answer may be audio."""
    offers, made = estimates.offers_of(model), MOST_OUTPUT_TOKENS
    prompt, whole = (_highest(offers, _tokens(read, output)) for output in (0, made))
    milliseconds = 1000 * read.audio // audio_prices.TOKENS_PER_SECOND + MS_PER_OUTPUT_TOKEN * made
    estimate = Estimate(read.all, made, None, None, kind=AttemptKind.TALK, units=milliseconds)
    if prompt is None or whole is None:
        return estimate
    return estimate._replace(input_cost=prompt, output_cost=whole - prompt)


def of_text(read: Read, said: str) -> Tokens:
    """What an answer took, as far as its transcript tells."""
    return _tokens(read, math.ceil(audio_prices.TOKENS_SPOKEN_PER_BYTE * len(said.encode("utf-8", "replace"))))


def of_lost(reply: Message) -> Tokens:
    """Whose process died."""
    return of_text(read_for(reply), reply.text)


def highest_cost(reply: Message, tokens: Tokens) -> int | None:
    """By the provider that asks most, of an answer of which it isn't known any more which one gave it."""
    return _highest(estimates.offers_of(reply.model), tokens._replace(output_audio=tokens.output))


def _tokens(read: Read, made: int) -> Tokens:
    return Tokens(input=read.all, output=made, input_audio=read.audio, output_audio=made)


def _highest(offers: Sequence[tuple[Source, Offer]], tokens: Tokens) -> int | None:
    costs = (
        audio_prices.cost_of_talk(tokens, 0, offer.upstream, source.base_url, source.price_list, offer.price) for source, offer in offers
    )
    return max((one for one in costs if one is not None), default=None)
