"""Which models make pictures, and which draw amid an answer, as their rows or their names say. Synchronous; asks no provider."""

from __future__ import annotations

from conversations.providers import images
from conversations.providers.endpoint import Endpoint

from . import catalog
from .sources import Offer, Source


def names() -> list[str]:
    """The models that make pictures and are not hidden, those of the preferred providers first."""
    offers = (offer for source in catalog.read().sources for offer in source.offers if offer.makes_pictures)
    return list(dict.fromkeys(offer.name for offer in offers if not offer.hidden))


def draw_in_answers(model: str) -> bool:
    """Whether some provider has this model (empty: its default one) and the tool by which it draws amid an answer."""
    sources = ((source, source.offer(model)) for source in catalog.read().sources)
    return any(offer.draws_amid(source.endpoint) for source, offer in sources if offer is not None and source.endpoint is not None)


def maker(endpoint: Endpoint) -> tuple[Source, Offer] | None:
    """Which of its provider's models makes the pictures that others draw there; None leaves that to the provider."""
    of_it = [source for source in catalog.read().sources if source.base_url.rstrip("/") == endpoint.base_url.rstrip("/")]
    found = ((source, offer) for source in of_it for offer in source.offers if offer.makes_pictures and not offer.hidden)
    return next((one for one in found if images.is_gpt_image(one[1].upstream)), None)
