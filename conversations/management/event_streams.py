"""Daphne's HTTP responses that last: event streams, whose client may vanish without a word."""

from __future__ import annotations

import socket
from typing import Any

from daphne.http_protocol import WebRequest

VANISHED_SECONDS = 40
"""After so long without an acknowledgement the kernel drops an event stream. Its heartbeats are what is to be acknowledged."""


class StreamingRequest(WebRequest):
    """A request whose response may be an event stream."""

    @property
    def is_event_stream(self) -> bool:
        return any(kind.startswith(b"text/event-stream") for kind in self.responseHeaders.getRawHeaders(b"Content-Type", ()))

    def handle_reply(self, message: dict[str, Any]) -> None:
        super().handle_reply(message)
        is_begun = message["type"] == "http.response.start" and not self.finished and self.channel is not None
        if is_begun and self.is_event_stream and hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux
            connection = self.channel.transport.getHandle()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED_SECONDS * 1000)

    def handle_exception(self, exception: Exception) -> None:
        """Daphne would begin a second response where one has begun, and what that raises ends its check of all applications for good."""
        if not self._response_started:
            super().handle_exception(exception)
        elif self.channel is not None:
            self.channel.transport.abortConnection()
