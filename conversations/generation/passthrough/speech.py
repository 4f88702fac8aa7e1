"""Texts read aloud, of which servers count little: what isn't told is estimated by the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from conversations.generation import estimates
from conversations.models import AttemptKind
from conversations.providers.token_counts import count
from conversations.routing.capable import Capability
from conversations.usage.budgets.estimate import Estimate
from conversations.usage.ledger import audio_prices
from conversations.usage.ledger.prices import Tokens

from .measure import Measure, Taken

if TYPE_CHECKING:
    from conversations.routing.routes import Route
    from conversations.routing.sources import Offer, Source


class Speech(Measure):
    capability = Capability.SPEAKS
    kind = AttemptKind.SPEECH

    def __init__(self, text: str, instructions: str, media_type: str) -> None:
        self._text, self._instructions, self.media_type = text, instructions, media_type

    def most(self, model: str, offers: Sequence[tuple[Source, Offer]]) -> Estimate:
        return estimates.of_speech(offers, self._text, self._instructions)

    def taken(self, told: Mapping[str, Any], route: Route) -> Taken:
        read, said = (count(told.get("usage"), name) for name in ("input_tokens", "output_tokens"))
        is_told = read is not None and said is not None
        tokens = Tokens(input=read, output=said, output_audio=said) if is_told else audio_prices.spoken(self._text, self._instructions)
        source, offer = route.source, route.offer
        cost = audio_prices.cost_of_speech(self._text, tokens, offer.upstream, source.base_url, source.price_list, offer.price)
        return Taken(tokens, cost, not is_told, units=audio_prices.units_spoken(self._text))
