"""The text of recordings, which is paid for by the token or by the second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from conversations.generation import estimates
from conversations.models import AttemptKind
from conversations.providers import transcript
from conversations.routing.capable import Capability
from conversations.usage.budgets.estimate import Estimate
from conversations.usage.ledger import audio_prices
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.units import Units, milliseconds

from .measure import Measure, Taken

if TYPE_CHECKING:
    from conversations.routing.routes import Route
    from conversations.routing.sources import Offer, Source

LEAST_BYTES_PER_SECOND = {"audio/wav": 8_000, "audio/flac": 4_000, "audio/mpeg": 2_000, "audio/mp4": 1_500, "video/mp4": 1_500}
"""Of speech, by what is in a file, whatever it is called: so its size says how long it is at most."""
LEAST_OF_OTHERS = 750


class Recording(Measure):
    capability = Capability.TRANSCRIBES
    kind = AttemptKind.TRANSCRIPTS

    def __init__(self, kind: str, size: int, *, is_text: bool) -> None:
        """`kind`, a media type, and `size` of its file; `is_text`: what is asked for is plain text, or subtitles."""
        self.is_text = is_text
        self._most_seconds = size // LEAST_BYTES_PER_SECOND.get(kind, LEAST_OF_OTHERS) + 1

    def most(self, model: str, offers: Sequence[tuple[Source, Offer]]) -> Estimate:
        return estimates.of_audio(offers, self._most_seconds)

    def taken(self, told: Mapping[str, Any], route: Route) -> Taken:
        used = transcript.read(told)
        tokens, seconds = Tokens(input=used.input_tokens, output=used.output_tokens, input_audio=used.audio_tokens), used.seconds
        is_estimated = seconds is None and not any(tokens)
        if is_estimated:
            seconds = float(self._most_seconds)
            tokens = audio_prices.heard(self._most_seconds)
        elif seconds is None:
            seconds = (used.audio_tokens or used.input_tokens or 0) / audio_prices.TOKENS_PER_SECOND
        source, offer = route.source, route.offer
        cost = audio_prices.cost(tokens, seconds, offer.upstream, source.base_url, source.price_list, offer.price)
        return Taken(tokens, cost, is_estimated, len(used.text), Units(heard_ms=milliseconds(seconds)))

    def is_answer(self, document: Mapping[str, Any]) -> bool:
        return isinstance(document.get("text"), str)
