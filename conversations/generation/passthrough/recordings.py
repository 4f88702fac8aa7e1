"""The text of recordings, which is paid for by the token or by the second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from conversations.generation import estimates
from conversations.providers import transcription
from conversations.routing.capable import Capability
from conversations.usage.budgets.estimate import Estimate
from conversations.usage.ledger import audio_prices
from conversations.usage.ledger.prices import Tokens

from .measure import Measure, Taken

if TYPE_CHECKING:
    from conversations.routing.routes import Route
    from conversations.routing.sources import Offer, Source

LEAST_BYTES_PER_SECOND = {"audio/wav": 8_000, "audio/flac": 4_000, "audio/mpeg": 2_000, "audio/mp4": 1_500, "video/mp4": 1_500}
"""Of speech, by what is in a file, whatever it is called: so its size says how long it is at most."""
LEAST_OF_OTHERS = 750


class Recording(Measure):
    capability = Capability.TRANSCRIBES

    def __init__(self, kind: str, size: int, *, is_text: bool) -> None:
        """`kind`, a media type, and `size` of its file; `is_text`: what is asked for is plain text, or subtitles."""
        self.is_text = is_text
        self._most_seconds = size // LEAST_BYTES_PER_SECOND.get(kind, LEAST_OF_OTHERS) + 1

    def most(self, model: str, offers: Sequence[tuple[Source, Offer]]) -> Estimate:
        return estimates.of_audio(offers, self._most_seconds)

    def taken(self, told: Mapping[str, Any], route: Route) -> Taken:
        used = transcription.used(told)
        tokens, seconds = Tokens(input=used.input_tokens, output=used.output_tokens), used.seconds
        is_estimated = seconds is None and not any(tokens)
        if is_estimated:
            seconds = float(self._most_seconds)
            tokens = Tokens(input=audio_prices.tokens_of(self._most_seconds)[0])
        source, offer = route.source, route.offer
        cost = audio_prices.cost(tokens, used.audio_tokens, seconds, offer.upstream, source.base_url, source.price_list, offer.price)
        return Taken(tokens, cost, is_estimated, len(used.text))

    def is_answer(self, document: Mapping[str, Any]) -> bool:
        return isinstance(document.get("text"), str)
