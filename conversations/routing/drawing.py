"""Which models make pictures, as their rows or their names say. Synchronous; asks no provider."""

from __future__ import annotations

from functools import lru_cache

from conversations.providers import capabilities

from . import catalog
from .catalog import Offer


def draws(offer: Offer) -> bool:
    """Whether it is known to make pictures. An administrator's word counts more than its name."""
    return offer.draws if offer.draws is not None else is_known_to_draw(offer.upstream)


def names() -> list[str]:
    """The models that make pictures and are not hidden, those of the preferred providers first."""
    rows = [offer for source in catalog.read().sources for offer in source.offers if draws(offer)]
    return list(dict.fromkeys(offer.name for offer in rows if not offer.hidden))


@lru_cache(maxsize=256)
def is_known_to_draw(model: str) -> bool:
    """By its name."""
    return bool(capabilities.known(model).draws)
