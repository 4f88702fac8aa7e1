"""Vectors of texts, which are paid for by the tokens that are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from conversations.generation import estimates
from conversations.models import AttemptKind
from conversations.providers.token_counts import count
from conversations.routing.capable import Capability
from conversations.usage.budgets.estimate import Estimate
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.token_estimate import tokens_read

from .measure import Measure, Taken

if TYPE_CHECKING:
    from conversations.routing.routes import Route
    from conversations.routing.sources import Offer, Source


class Embeddings(Measure):
    capability = Capability.EMBEDS
    kind = AttemptKind.EMBEDDINGS

    def __init__(self, inputs: Sequence[str | list[int]]) -> None:
        """Each a text, or the numbers of its tokens."""
        self._read = sum(tokens_read(one) if isinstance(one, str) else len(one) for one in inputs)

    def most(self, model: str, offers: Sequence[tuple[Source, Offer]]) -> Estimate:
        cost = estimates.highest_cost(offers, Tokens(input=self._read))
        return Estimate(self._read, 1, cost, None if cost is None else 0, estimates.MARGIN, self.kind)

    def taken(self, told: Mapping[str, Any], route: Route) -> Taken:
        read = count(told.get("usage"), "prompt_tokens")
        return Taken(Tokens(input=self._read if read is None else read), is_estimated=read is None)
