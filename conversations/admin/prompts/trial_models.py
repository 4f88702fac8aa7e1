"""The models that can be tried, with what decides between them. Synchronous; asks no provider."""

from __future__ import annotations

from typing import Any

from conversations.models import Origin
from conversations.providers import capabilities
from conversations.routing import catalog
from conversations.routing.sources import Offer, Source
from conversations.usage.ledger import prices
from conversations.usage.ledger.prices import Price


def listed() -> list[dict[str, Any]]:
    """By name, each as the provider that is asked first has it. The default one is the first."""
    found: dict[str, dict[str, Any]] = {}
    for source in catalog.read().sources:
        for offer in (source.offer(""), *source.offers):
            if offer is not None and offer.name and offer.name not in found:
                found[offer.name] = _described(source, offer)
    return list(found.values())


def _described(source: Source, offer: Offer) -> dict[str, Any]:
    known = capabilities.known(offer.upstream, source.base_url, source.price_list)
    has_own = offer.price is not None and offer.price.is_known
    price = offer.price if has_own else prices.known(offer.upstream, source.base_url, source.price_list)
    efforts = offer.efforts if offer.efforts is not None else known.efforts
    takes_temperature = offer.takes_temperature if offer.takes_temperature is not None else known.takes_temperature
    return {
        "name": offer.name,
        "provider": source.told if source.origin == Origin.ADMIN else source.name,
        "window": offer.window or known.window,
        "price": _rates(price) if price and price.is_known else None,
        "efforts": efforts,
        "takes_temperature": takes_temperature,
        "shutdown_date": offer.shutdown_date,
    }


def _rates(price: Price) -> dict[str, float]:
    """US dollars per million tokens."""
    return {"input": float(price.input or 0), "output": float(price.output or 0)}
