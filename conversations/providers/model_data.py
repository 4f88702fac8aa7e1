"""What genai-prices, which knows some thousand models by heart, says of a model. Makes no request."""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from . import openai_itself

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo

log = logging.getLogger(__name__)

FREE_HOSTS = ("localhost", "127.0.0.1", "::1")


@lru_cache(maxsize=256)
def whose(model: str, base_url: str, price_list: str = "") -> dict[str, Any] | None:
    """Under which provider to look: the named list's, or the one at this address. None where there is nothing to look for."""
    host = urlsplit(base_url).hostname or ""
    if not model or (host in FREE_HOSTS and not price_list):  # an own server's models have big names, too, but not their prices
        return None
    if openai_itself.is_openai(base_url):  # its regions, too
        price_list = price_list or "openai"
    return {"provider_id": price_list} if price_list else {"provider_api_url": base_url}


def found(model: str, base_url: str, price_list: str = "") -> ModelInfo | None:
    """Its entry, with the window and the prices; None where it is unknown."""
    from genai_prices.data_snapshot import get_snapshot  # here, for it takes a moment to load

    place = whose(model, base_url, price_list)
    if place is None:
        return None
    try:
        return get_snapshot().find_provider_model(model, None, place.get("provider_id"), place.get("provider_api_url"))[1]
    except LookupError:
        return None
    except Exception:
        log.exception("%s could not be looked up", model)
        return None


def price_lists() -> list[str]:
    """The names of all lists."""
    from genai_prices.data_snapshot import get_snapshot

    return sorted(provider.id for provider in get_snapshot().providers)
