"""The WebSocket: accepts, hands commands over, closes."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer

from .command_rate import CommandRate
from .connection import Connection
from .dispatch import carry_out


class ChatConsumer(AsyncConsumer):
    """One tab."""

    connection: Connection | None = None

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.connection is not None:
                self.connection.leave()  # also when the server cancels us

    async def dispatch(self, message: dict[str, Any]) -> None:
        """At once: Channels would first go to the database's thread and back, to look for connections of which none is used here."""
        await getattr(self, get_handler_name(message))(message)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        self._rate = CommandRate()
        self.connection = Connection(self._transmit, self._end)
        await self.base_send({"type": "websocket.accept"})
        if await self.connection.admit(self.scope):
            self.connection.begin()

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        if (
            self.connection is not None
            and self.connection.takes_commands
            and (code := await self.carry_out(self.connection, message.get("text"), message.get("oversized")))
        ):
            await self.connection.close(code)

    async def carry_out(self, connection: Connection, text: str | bytes | None, oversized: dict[str, Any] | None) -> int | None:
        """One command. Returns the code with which the client is to be cut off, or None."""
        return await carry_out(text, connection, self._rate, oversized)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        raise StopConsumer

    def _transmit(self, frame: str) -> Coroutine[Any, Any, None]:
        return self.base_send({"type": "websocket.send", "text": frame})

    async def _end(self, code: int) -> None:
        await self.base_send({"type": "websocket.close", "code": code})
