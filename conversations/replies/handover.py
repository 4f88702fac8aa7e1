"""When a reply that one process began can be finished by another."""

from __future__ import annotations

from typing import Any

from conversations.providers.position import Position


def is_possible(parts: list[dict[str, Any]], upstream: dict[str, Any] | None) -> bool:
    """Whether a reply that stands so can go on in another process without a seam.

    It can where nothing was said yet, and where the provider keeps its stream for us or goes on from a text.
    """
    from conversations.providers import current  # here, for the SDK takes long to load; see `serve`

    if not parts:
        return True
    match current.resume():
        case "background":
            return upstream is not None
        case "prefix":
            return ends_in_text(parts)
    return False


def ends_in_text(parts: list[dict[str, Any]]) -> bool:
    """Whether a provider that goes on from a text can go on with these: it can't with thoughts."""
    return bool(parts) and parts[-1]["type"] == "text"


async def end_upstream(upstream: dict[str, Any] | None) -> None:
    """Have the provider end a stream that it keeps for us, so that spending ends. What goes wrong is logged."""
    from conversations.providers import background, clients, current

    if upstream is not None and current.resume() == "background":
        clients.run_errand(background.cancel(await current.endpoint(), Position.from_json(upstream).response))
