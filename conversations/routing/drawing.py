"""Which models make pictures, as their rows or their names say. Synchronous; asks no provider."""

from __future__ import annotations

from . import catalog


def names() -> list[str]:
    """The models that make pictures and are not hidden, those of the preferred providers first."""
    offers = (offer for source in catalog.read().sources for offer in source.offers if offer.makes_pictures)
    return list(dict.fromkeys(offer.name for offer in offers if not offer.hidden))
