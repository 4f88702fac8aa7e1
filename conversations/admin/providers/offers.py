"""A model that a server offers: as a row of the list, and as a model to add."""

from __future__ import annotations

from typing import NamedTuple

from conversations.admin.base.shown import day
from conversations.admin.models.known import dollars, words
from conversations.models import Model, Provider
from conversations.providers import capabilities
from conversations.providers.capabilities import Capabilities
from conversations.providers.offer import Offer
from conversations.usage.ledger import prices


class Row(NamedTuple):
    """One model in the list of what the server offers."""

    name: str
    window: str
    images: str
    tools: str
    efforts: str
    price: str
    shutdown: str
    added: bool
    for_chat: bool


def _can(offer: Offer, provider: Provider) -> Capabilities:
    return capabilities.told(offer).or_else(capabilities.known(offer.name, provider.base_url, provider.price_list))


def row(offer: Offer, provider: Provider, present: set[str]) -> Row:
    price = prices.known(offer.name, provider.base_url, provider.price_list)
    can = _can(offer, provider)
    return Row(
        name=offer.name,
        window=words(can.window),
        images=words(can.takes_images),
        tools=words(can.takes_tools),
        efforts=words(can.efforts),
        price=dollars(price) if price else "",
        shutdown=day(offer.shutdown_date) if offer.shutdown_date else "",
        added=offer.name in present,
        for_chat=offer.is_for_chat,
    )


def new_model(offer: Offer, provider: Provider) -> Model:
    can = _can(offer, provider)
    efforts = None if can.efforts is None else list(can.efforts)
    return Model(provider=provider, name=offer.name, **{**can._asdict(), "efforts": efforts})
