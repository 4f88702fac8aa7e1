"""Where an answer of a model may come from, and what is known of its price and window there. Synchronous; reads the database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from conversations.models import Model
from conversations.providers import endpoint as endpoints
from conversations.usage import prices
from conversations.usage.prices import Price, Tokens


class Offer(NamedTuple):
    """A server that may be asked for a model, which it knows by the name `model`."""

    model: str
    base_url: str
    price_list: str = ""
    price: Price | None = None
    window: int | None = None


def of(name: str) -> list[Offer]:
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


def dearest(offers: Iterable[Offer], tokens: Tokens) -> int | None:
    """The most that these tokens may cost, whatever part of the output is reasoning. None where no price is known."""
    costs = [
        prices.cost(which, offer.model, offer.base_url, offer.price_list, offer.price)
        for offer in offers
        for which in (tokens, tokens._replace(reasoning=tokens.output))
    ]
    return max((cost for cost in costs if cost is not None), default=None)
