"""Which models see, as their rows or their names say. Synchronous; asks no provider."""

from __future__ import annotations

from functools import lru_cache

from conversations.providers import capabilities

from . import catalog
from .catalog import Offer


def is_blind(offer: Offer) -> bool:
    """Whether it is known that it takes no images. Where that is unknown, its provider is asked."""
    return _sees(offer) is False


def sees(model: str) -> bool | None:
    """Whether some provider's model of this name ("": each one's default) sees; None where that is unknown."""
    found = [_sees(offer) for source in catalog.read().sources if (offer := source.offer(model)) is not None]
    return True if True in found else None if None in found or not found else False


def _sees(offer: Offer) -> bool | None:
    return offer.takes_images if offer.takes_images is not None else _known(offer.upstream)


@lru_cache(maxsize=256)
def _known(model: str) -> bool | None:
    return capabilities.known(model).takes_images
