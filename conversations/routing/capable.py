"""Which models programs may ask for something other than an answer, by what rows, names and lists say of them. Synchronous."""

from __future__ import annotations

from enum import StrEnum

from . import catalog, offered
from .sources import Offer, Source


class Capability(StrEnum):
    EMBEDS = "embeddings"
    DRAWS = "pictures"
    TRANSCRIBES = "transcripts"
    SPEAKS = "speech"


def has(source: Source, model: str, capability: Capability) -> bool:
    """Whether this provider can be asked for that. A server that takes any name is asked for one of which nothing is known, too."""
    if source.endpoint is None or (offer := source.offer(model)) is None:
        return False
    known = _known(offer)
    return capability in known or (not known and source.takes_any_model and offer not in source.offers)


def is_offered(model: str, capability: Capability) -> bool:
    """Whether some provider can, and no administrator has hidden the model."""
    return bool(model) and not offered.is_hidden(model) and any(has(source, model, capability) for source in catalog.read().sources)


def names() -> list[str]:
    """The models that are set up for one of these, and not hidden."""
    sources = catalog.read().sources
    hidden = offered.hidden_in(sources)
    found = (offer for source in sources for offer in source.offers if _known(offer) and source.endpoint is not None)
    return list(dict.fromkeys(offer.name for offer in found if offer.name not in hidden))


def _known(offer: Offer) -> set[Capability]:
    told = {
        Capability.EMBEDS: offer.embeds,
        Capability.DRAWS: offer.makes_pictures,
        Capability.TRANSCRIBES: offer.transcribes,
        Capability.SPEAKS: offer.speaks,
    }
    return {capability for capability, has_it in told.items() if has_it}
