"""Pictures, made of words and of other pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from conversations.generation import estimates
from conversations.models import AttemptKind
from conversations.providers import images, picture_tokens
from conversations.providers.request import Wish
from conversations.routing.capable import Capability
from conversations.usage.budgets.estimate import Estimate
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.token_estimate import tokens_read
from conversations.usage.ledger.units import Units, picture_form

from .measure import Measure, Taken

if TYPE_CHECKING:
    from conversations.routing.routes import Route
    from conversations.routing.sources import Offer, Source

TOKENS_PER_IMAGE = 1_536
"""Of one that is given, estimated."""


class Pictures(Measure):
    capability = Capability.DRAWS
    kind = AttemptKind.PICTURES

    def __init__(self, prompt: str, wish: Wish, given: int) -> None:
        """`given`: how many they are made from."""
        self._wish, self._read = wish, tokens_read(prompt) + given * TOKENS_PER_IMAGE

    def most(self, model: str, offers: Sequence[tuple[Source, Offer]]) -> Estimate:
        made = self._made(model)
        nothing, whole = (
            estimates.highest_cost(offers, Tokens(input=self._read, output=tokens, made_images=tokens), self._units(number))
            for tokens, number in ((0, 0), (made, self._wish.number))
        )
        written = None if nothing is None or whole is None else whole - nothing
        return Estimate(self._read, made, nothing, written, estimates.MARGIN, self.kind, self._wish.number)

    def taken(self, told: Mapping[str, Any], route: Route) -> Taken:
        usage, shares = images.usage(told)
        if usage is not None and usage.input_tokens is not None and usage.output_tokens is not None:
            found = told.get("data")
            units = self._units(len(found) if isinstance(found, list) and found else self._wish.number)
            return Taken(Tokens(usage.input_tokens, None, usage.output_tokens, None, *shares), units=units)
        made = self._made(route.offer.upstream)
        return Taken(Tokens(self._read, None, made, None, None, made), is_estimated=True, units=self._units(self._wish.number))

    def _units(self, number: int) -> Units:
        return Units(pictures=number, picture_form=picture_form(self._wish.size, self._wish.quality))

    def _made(self, model: str) -> int:
        return self._wish.number * picture_tokens.estimated(model, self._wish.size, self._wish.quality)
