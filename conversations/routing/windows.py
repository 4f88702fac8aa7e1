"""How many tokens fit into a model's context window."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from conversations.models import Origin
from conversations.providers import capabilities

from .sources import Offer, Source


def of(source: Source, offer: Offer) -> int | None:
    """Tokens that fit into the model's window, as its row, its name or its server tells; None of the built-in one."""
    if source.endpoint is None:
        return offer.window
    return offer.window or _known_window(source, offer) or source.endpoint.context_window


def _known_window(source: Source, offer: Offer) -> int | None:
    """Of a model whose server and name say which one it is. What the settings say about the environment's provider wins."""
    if source.origin == Origin.ENVIRONMENT and settings.OPENAI_CONTEXT_WINDOW:
        return None
    return _window_of(offer.upstream, source.base_url, source.price_list)


@lru_cache(maxsize=256)
def _window_of(model: str, base_url: str, price_list: str) -> int | None:
    return capabilities.known(model, base_url, price_list).window
