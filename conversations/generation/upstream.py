"""The stream that a provider keeps for us, which can be taken up after it broke off or its process died."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from channels.db import database_sync_to_async

from conversations.providers import detached, retries
from conversations.providers.errors import ProviderError
from conversations.providers.position import Position
from conversations.routing import routes

if TYPE_CHECKING:
    from conversations.routing.routes import Route

MAX_TAKE_UPS = 6
"""How often in a row a stream that broke off is taken up again."""
TAKEN_UP_AFTER = retries.WIRE_TROUBLE | {"rate_limit"}


class Upstream:
    """The provider of a reply and, where it allows that, the position from which its stream can be taken up."""

    def __init__(self, stored: dict[str, Any] | None) -> None:
        """`stored`: what `to_json` returned in the process before."""
        self._source = stored or {}
        self.position = Position.from_json(stored) if stored else None
        self._breaks = 0

    def to_json(self) -> dict[str, Any] | None:
        """To be stored with exactly the output before the position; None where no other process can take up the stream."""
        return None if self.position is None else {**self._source, **self.position.to_json()}

    @property
    def model(self) -> str | None:
        """The model that was asked for; None where nothing was yet, or a process of a version before didn't store it."""
        return self._source.get("model")

    def use(self, route: Route, model: str) -> None:
        """Its attempt is about to begin, which asks for `model`."""
        self._source = {"provider": str(route.source.id), "key": str(route.key.id) if route.key else None, "model": model}
        if route.endpoint is not None and route.endpoint.resume != "background":
            self.position = None

    async def route(self, model: str) -> Route:
        """The route to the provider that keeps the stream. Raises ProviderError where it doesn't exist any more."""
        route = await database_sync_to_async(routes.pinned)(model, self._source)
        if route is None:
            raise ProviderError("lost", "The provider that kept the answer doesn’t exist any more.")
        return route

    def delta_came(self) -> None:
        self._breaks = 0

    def broke(self, error: ProviderError) -> int:
        """The stream broke off while the provider continues. Returns how often it did in a row.

        0 where the provider doesn't keep it any more. Raises the error where it can't be taken up, or too often.
        """
        self._breaks += 1
        if error.status == 404:
            self.position = None
            return 0
        if error.kind not in TAKEN_UP_AFTER or self._breaks > MAX_TAKE_UPS:
            raise error
        return self._breaks

    async def wait(self, route: Route, seconds: float, is_left: Callable[[], bool]) -> None:
        """Before it is taken up. Where that is cancelled, the stream ends at the provider, unless it `is_left` to another process."""
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            if not is_left():
                self.cancel(route)
            raise

    def cancel(self, route: Route) -> None:
        """End the stream at the provider, which would continue without us."""
        from conversations.providers import background_cancellation  # here, for the SDK takes long to load; see `serve`

        if self.position is not None and route.endpoint is not None:
            detached.start(background_cancellation.cancel(route.endpoint, self.position.response))
