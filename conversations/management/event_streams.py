"""Daphne's HTTP responses that last: event streams, with the flow control of our WebSockets and without a time limit."""

from __future__ import annotations

import socket
from typing import Any

from daphne.http_protocol import WebRequest

from .websockets import Flow

VANISHED_SECONDS = 40
"""After so long without an acknowledgement the kernel drops an event stream. Its heartbeats are what is to be acknowledged."""


class StreamingRequest(WebRequest):
    """A request whose response may be an event stream."""

    flow: Flow | None = None
    """Of an event stream, from its first byte to its end."""

    @property
    def is_event_stream(self) -> bool:
        return any(kind.startswith(b"text/event-stream") for kind in self.responseHeaders.getRawHeaders(b"Content-Type", ()))

    def handle_reply(self, message: dict[str, Any]) -> None:
        super().handle_reply(message)
        if message["type"] == "http.response.start" and not self.finished and self.channel is not None and self.is_event_stream:
            self.flow = Flow()
            self.registerProducer(self.flow, True)
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
                connection = self.channel.transport.getHandle()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED_SECONDS * 1000)

    def check_timeouts(self) -> None:
        """Daphne would end every response after HTTP_TIMEOUT_SECONDS."""
        if self.flow is None:
            super().check_timeouts()

    def finish(self) -> None:
        if self.flow is not None:
            self.unregisterProducer()
            self.flow.stopProducing()
            self.flow = None
        super().finish()
