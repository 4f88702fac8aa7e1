"""Daphne's server, with our listening socket, our bounds, and a stop that loses nothing."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from daphne.server import Server as DaphneServer
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import reactor

from .event_streams import StreamingRequest
from .flow import Flow
from .requests import BoundedHTTPFactory
from .tcp_connection import TCPConnection
from .websockets import FlowingWebSocket

log = logging.getLogger(__name__)

HTTP_TIMEOUT_SECONDS = 60
HANDSHAKE_TIMEOUT_SECONDS = 10
MAX_MESSAGE_BYTES = 1024 * 1024
"""Of what a client sends. The longest command fits; what is longer is passed over and answered."""
PING_INTERVAL_SECONDS = 20
"""A socket from which nothing came for so long is pinged."""
PING_TIMEOUT_SECONDS = 18
"""Less than the interval: autobahn forgets to cancel the first ping's timeout when the second is sent before that."""
CLOSING_SECONDS = 3.0
"""So long a client that is asked to close its connection may take to answer: one that is reset loses what is still on its way."""
SERVICE_RESTART = 1012


class Server(DaphneServer):
    """Serves `application` on `listener` while `main` runs; ends when it returns."""

    connections: dict[Any, dict[str, Any]]

    def __init__(self, application: Any, listener: socket.socket, main: Callable[[Server], Awaitable[None]]) -> None:
        super().__init__(
            application,
            endpoints=["a socket of ours"],
            signal_handlers=False,
            http_timeout=HTTP_TIMEOUT_SECONDS,
            websocket_handshake_timeout=HANDSHAKE_TIMEOUT_SECONDS,
            ping_interval=PING_INTERVAL_SECONDS,
            ping_timeout=PING_TIMEOUT_SECONDS,
            websocket_max_message_size=MAX_MESSAGE_BYTES,
            websocket_max_frame_size=MAX_MESSAGE_BYTES,
            ready_callable=self._ready,
            server_name="",
        )
        self.endpoints: list[str] = []  # Daphne would parse descriptions of endpoints, with every Twisted plugin loaded for it
        self._listener = listener
        self._main = main
        self._port: Any = None
        self.failure: BaseException | None = None

    def _ready(self) -> None:
        self.http_factory = BoundedHTTPFactory(self)
        self.ws_factory.protocol = FlowingWebSocket
        self.ws_factory.setProtocolOptions(closeHandshakeTimeout=CLOSING_SECONDS)
        reactor.callWhenRunning(lambda: asyncio.ensure_future(self._until_main_ends()))

    async def _until_main_ends(self) -> None:
        self._port = reactor.adoptStreamPort(self._listener.fileno(), self._listener.family, self.http_factory)
        self._port.transport = TCPConnection
        self._listener.close()  # adopting made a copy
        try:
            await self._main(self)
        except Exception as error:  # noqa: BLE001  (raised again by the command, once the loop has ended)
            self.failure = error
        finally:
            self.stop()

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        text = message.get("text") if message["type"] == "websocket.send" else None
        if text is None or not protocol.send_text(text):
            await super().handle_reply(protocol, message)
        flow: Flow | None = protocol.flow
        if flow is not None and flow.full:
            await flow.emptied()

    def timeout_checker(self) -> None:
        """Called every two seconds."""
        self.http_factory.close_late()
        super().timeout_checker()

    async def stop_listening(self) -> None:
        if self._port is not None:
            await self._port.stopListening().asFuture(asyncio.get_running_loop())
            self._port = None

    async def close_connections(self, *, but_talks: bool = False) -> None:
        """Ask every client to reconnect later, and give requests a moment to be answered. `but_talks`: these are heard here alone."""

        def to_close() -> list[Any]:
            return [one for one in self._open() if not (but_talks and isinstance(one, FlowingWebSocket) and one.is_talk)]

        for protocol in to_close():
            if isinstance(protocol, WebSocketProtocol) and protocol.state == protocol.STATE_OPEN:
                protocol.sendCloseFrame(code=SERVICE_RESTART)
            elif isinstance(protocol, StreamingRequest) and protocol.is_event_stream:
                protocol.finish()
        deadline = asyncio.get_running_loop().time() + CLOSING_SECONDS
        while to_close() and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110  (Daphne has no event for it)
            await asyncio.sleep(0.05)

    def _open(self) -> list[Any]:
        return [protocol for protocol, details in self.connections.items() if not details.get("disconnected")]

    def kill_all_applications(self) -> Any:
        # Daphne's own stumbles over connections whose application has already ended.
        self.connections = {protocol: details for protocol, details in self.connections.items() if "application_instance" in details}
        return super().kill_all_applications()
