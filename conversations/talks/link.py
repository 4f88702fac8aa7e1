"""The session with a provider that a talk has just now. It may be followed by another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conversations.providers.errors import ProviderError

if TYPE_CHECKING:
    from conversations.providers.realtime import Connection
    from conversations.providers.realtime_events import Event
    from conversations.routing.routes import Route


class Link:
    route: Route
    transcriber = ""
    """The model that writes down what the user says; "" where none does."""

    def __init__(self) -> None:
        self.connection: Connection | None = None

    def begin(self, route: Route, connection: Connection, transcriber: str) -> None:
        self.route, self.connection, self.transcriber = route, connection, transcriber

    async def send(self, event: Event) -> None:
        """Raises ProviderError where there is no connection, or no more."""
        if self.connection is None:
            raise ProviderError("interrupted", "The session is over.")
        await self.connection.send(event)

    async def close(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            await connection.close()
