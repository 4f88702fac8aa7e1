"""Which models hear recordings as they are, as their rows or their names say. Synchronous; asks no provider."""

from __future__ import annotations

from . import catalog


def hears(model: str) -> bool:
    """Whether some provider's model of this name ("": each one's default) hears."""
    return any(offer.takes_sound for source in catalog.read().sources if (offer := source.offer(model)) is not None)


def names() -> list[str]:
    """The models that hear and are not hidden, those of the preferred providers first."""
    offers = (offer for source in catalog.read().sources for offer in source.offers if offer.takes_sound and offer.gives_answers)
    return list(dict.fromkeys(offer.name for offer in offers if not offer.hidden))
