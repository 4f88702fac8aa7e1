"""When a reply that one process began can be finished by another."""

from __future__ import annotations

from typing import Any

from channels.db import database_sync_to_async

from conversations.generation.continuation.seam import ends_in_text
from conversations.models import Message
from conversations.providers import detached
from conversations.providers.position import Position
from conversations.routing import routes
from conversations.routing.catalog import Catalog


def is_possible(parts: list[dict[str, Any]], upstream: dict[str, Any] | None, model: str, catalog: Catalog) -> bool:
    """Whether another process can continue a reply in this state without a visible seam.

    It can where there is no output yet, and where the provider keeps its stream for us or continues a text.
    """
    if not parts:
        return True
    if upstream is not None:
        source = catalog.keeper(upstream)
        return source is not None and source.endpoint is not None and source.endpoint.resume == "background"
    return catalog.resume(model) == "prefix" and ends_in_text(parts)


async def end_upstream(message: Message) -> None:
    """Cancel a stream that the provider keeps for us, so that it costs no more. Errors are logged."""
    from conversations.providers import background_cancellation  # here, for the SDK takes long to load; see `serve`

    if (upstream := message.upstream) is None:
        return
    route = await database_sync_to_async(routes.pinned)(message.model, upstream)
    if route is not None and route.endpoint is not None and route.endpoint.resume == "background":
        detached.start(background_cancellation.cancel(route.endpoint, Position.from_json(upstream).response))
