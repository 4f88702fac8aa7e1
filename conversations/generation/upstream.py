"""The stream that a provider keeps for us, which can be taken up after it broke off or its process died."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from channels.db import database_sync_to_async

from conversations.providers import retries
from conversations.providers.errors import ProviderError
from conversations.providers.position import Position

if TYPE_CHECKING:
    from conversations.routing.routes import Route

MAX_TAKE_UPS = 6
"""So often in a row a stream that broke off is taken up again."""
TAKEN_UP_AFTER = retries.WIRE_TROUBLE | {"rate_limit"}


class Upstream:
    """Who is being asked for a reply and, where it lets us, at which position its stream can be taken up."""

    def __init__(self, stored: dict[str, Any] | None) -> None:
        """`stored`: what `to_json` gave in the process before."""
        self._asked = stored or {}
        self.position = Position.from_json(stored) if stored else None
        self._breaks = 0

    def to_json(self) -> dict[str, Any] | None:
        """To be stored with exactly the output that was there up to the position; None where no other process can take it up."""
        return None if self.position is None else {**self._asked, **self.position.to_json()}

    def asks(self, route: Route) -> None:
        self._asked = {"provider": str(route.source.id), "key": str(route.key.id) if route.key else None}

    async def route(self, model: str) -> Route:
        """The way to the provider that keeps the stream. Raises ProviderError where it is gone."""
        from conversations.routing import routes

        route = await database_sync_to_async(routes.pinned)(model, self._asked)
        if route is None:
            raise ProviderError("lost", "The provider that kept the answer isn't there any more.")
        return route

    def delta_came(self) -> None:
        self._breaks = 0

    def broke(self, error: ProviderError) -> float:
        """The stream broke off while the provider writes on. Returns the seconds to wait before it is taken up.

        Raises the error where it can't be, or too often.
        """
        self._breaks += 1
        if error.status == 404:
            self.position = None  # it doesn't keep the answer any more
        if self.position is None or error.kind not in TAKEN_UP_AFTER or self._breaks > MAX_TAKE_UPS:
            raise error
        return retries.pause(self._breaks)

    def cancel(self, route: Route) -> None:
        """End the stream at the provider, which goes on without us."""
        from conversations.providers import background, detached

        if self.position is not None and route.endpoint is not None:
            detached.start(background.cancel(route.endpoint, self.position.response))
