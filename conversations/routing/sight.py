"""Which models see, as their rows or their names say, and as they refused images a while ago. Synchronous; asks no provider."""

from __future__ import annotations

from functools import lru_cache
from time import monotonic

from conversations.process_cache import kept
from conversations.providers import capabilities
from conversations.providers.endpoint import Endpoint

from . import catalog
from .sources import Offer

REFUSED_SECONDS = 3600.0
"""So long after a model refused images, it is given none that are older than the question: a server may be given a model that sees."""
_refused: dict[tuple[str, str], float] = kept({})
"""When, by base URL and the model's name there. An administrator's word is kept in its row, this only by the process."""


def is_blind(offer: Offer) -> bool:
    """Whether it is known that it takes no images. Where that is unknown, its provider is asked."""
    return _sees(offer) is False


def sees(model: str) -> bool | None:
    """Whether some provider's model of this name ("": each one's default) sees; None where that is unknown."""
    found = [_sees(offer) for source in catalog.read().sources if (offer := source.offer(model)) is not None]
    return True if True in found else None if None in found or not found else False


def some_are_blind() -> bool:
    """Whether a model that may be asked for answers is known to take no images."""
    return sees("") is False or any(offer.gives_answers and is_blind(offer) for source in catalog.read().sources for offer in source.offers)


def refused(endpoint: Endpoint) -> None:
    """The endpoint's model has just refused images."""
    _refused[endpoint.base_url, endpoint.model] = monotonic()


def has_refused(endpoint: Endpoint) -> bool:
    """Whether it did, a while ago."""
    since = _refused.get((endpoint.base_url, endpoint.model))
    return since is not None and monotonic() - since < REFUSED_SECONDS


def _sees(offer: Offer) -> bool | None:
    return offer.takes_images if offer.takes_images is not None else _known(offer.upstream)


@lru_cache(maxsize=256)
def _known(model: str) -> bool | None:
    return capabilities.known(model).takes_images
