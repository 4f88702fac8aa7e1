"""Which models users may be offered, and how much each can be asked to think. Synchronous; asks no provider."""

from __future__ import annotations

from functools import lru_cache

from conversations.providers import capabilities

from . import catalog
from .sources import Source


def default() -> str:
    """The model that answers where a prompt names none; empty where a server is asked for its first one."""
    offers = (source.offer("") for source in catalog.read().sources)
    return next((offer.name for offer in offers if offer is not None), "")


def names() -> list[str]:
    """All models that are set up and not hidden, those of the preferred providers first."""
    sources = catalog.read().sources
    hidden = hidden_in(sources)
    found = (offer for source in sources for offer in (source.offer(""), *source.offers) if offer is not None)
    answering = (offer for offer in found if offer.gives_answers)
    return list(dict.fromkeys(offer.name for offer in answering if offer.name and offer.name not in hidden))


def is_offered(model: str) -> bool:
    """Whether some provider can be asked for it, and no administrator has hidden it."""
    sources = catalog.read().sources
    found = (source.offer(model) for source in sources)
    return bool(model) and model not in hidden_in(sources) and any(offer is not None and not offer.is_for_no_chat for offer in found)


def may_be_named(model: str) -> bool:
    """Whether a program may ask for it: the built-in model answers whatever a prompt names, but programs by its own name alone."""
    return is_offered(model) and (not catalog.read().is_built_in or model in names())


def is_hidden(model: str) -> bool:
    """Whether an administrator has hidden it wherever it is set up."""
    return model in hidden_in(catalog.read().sources)


def hidden_in(sources: tuple[Source, ...]) -> set[str]:
    """Names that are hidden wherever they are set up."""
    rows = [offer for source in sources for offer in source.offers]
    return {row.name for row in rows if row.hidden} - {row.name for row in rows if not row.hidden}


def efforts(model: str) -> tuple[str, ...] | None:
    """The words for it that the model takes, as its row or its name says ("": the default one); None where that is unknown."""
    for source in catalog.read().sources:
        if (offer := source.offer(model)) is not None:
            return offer.efforts if offer.efforts is not None else _known_efforts(offer.upstream, source.base_url, source.price_list)
    return None


@lru_cache(maxsize=256)
def _known_efforts(model: str, base_url: str, price_list: str) -> tuple[str, ...] | None:
    return capabilities.known(model, base_url, price_list).efforts
