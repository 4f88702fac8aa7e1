"""Twisted's side of an HTTP connection, with back-pressure on responses and deadlines for requests.

Twisted takes a next request out of its buffer whether the response before it was read or not, and restarts its timeout with each byte.
"""

from __future__ import annotations

from typing import Any, Protocol

from twisted.web.http import HTTPChannel

from . import awaited
from .flow import Flow

REQUEST_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Factory(Protocol):
    """Where connections are, by what is awaited of them."""

    idle: awaited.AwaitedConnections
    heads: awaited.AwaitedConnections
    bodies: awaited.AwaitedConnections
    refused: awaited.AwaitedConnections


class BoundedChannel(HTTPChannel):
    """One request after the other: each waits for its whole self, and for the response before it to be read."""

    factory: Factory
    requests: list[Any]

    def __init__(self) -> None:
        super().__init__()
        self.flow = Flow()
        self.address: str | None = None
        self._awaited_in: awaited.AwaitedConnections | None = None
        self._next_request_waits = False

    # Twisted's names

    def connectionMade(self) -> None:  # noqa: N802
        super().connectionMade()
        self.address = awaited.address_of(self.transport.getPeer().host)
        self._await(self.factory.idle)

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        if self._awaited_in is self.factory.idle:
            self._await(self.factory.heads)
        super().dataReceived(data)

    def allHeadersReceived(self) -> None:  # noqa: N802
        if self.length != 0:  # None is a body in chunks
            self._await(self.factory.bodies)
        super().allHeadersReceived()

    def allContentReceived(self) -> None:  # noqa: N802
        self._await(None)
        super().allContentReceived()

    def rawDataReceived(self, data: bytes) -> None:  # noqa: N802
        """While a request is handled, keep only so much of what follows it. Twisted would keep all while a client doesn't read."""
        super().rawDataReceived(data)
        if self._handlingRequest and sum(map(len, self._dataBuffer)) > self._optimisticEagerReadSize:
            self._networkProducer.pauseProducing()

    def setLineMode(self, extra: bytes = b"") -> None:  # noqa: N802
        """Called when a request is done, with what has come of the next one."""
        if self.flow.full:
            self._next_request_waits = self._handlingRequest = True
            self._dataBuffer = [extra]
        else:
            self._await(self.factory.idle)
            super().setLineMode(extra)

    def pauseProducing(self) -> None:  # noqa: N802
        super().pauseProducing()
        self.flow.pauseProducing()

    def resumeProducing(self) -> None:  # noqa: N802
        super().resumeProducing()
        self.flow.resumeProducing()
        if self._next_request_waits:
            self._next_request_waits = self._handlingRequest = False
            self._networkProducer.resumeProducing()
            extra, self._dataBuffer = b"".join(self._dataBuffer), []
            self.setLineMode(extra)

    def stopProducing(self) -> None:  # noqa: N802
        super().stopProducing()
        self.flow.stopProducing()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        self._await(None)
        self.flow.stopProducing()  # a connection that was closed on our side doesn't notify it
        super().connectionLost(reason)
        self.requests, self._transferDecoder, self._dataBuffer = [], None, []

    def _send100Continue(self) -> None:  # noqa: N802
        if not self.requests[-1].is_refused:
            super()._send100Continue()

    # Ours

    def give_up(self) -> None:
        """Close the connection, for what was awaited did not come in time."""
        if self._awaited_in in (self.factory.heads, self.factory.bodies) and not self.transport.disconnecting:
            self.transport.write(REQUEST_TIMEOUT)
        self._await(None)
        self.loseConnection()

    def pause_body(self) -> None:
        """Read no more of the body for now. Its deadline stays."""
        self._networkProducer.pauseProducing()

    def go_on_with_body(self) -> None:
        if not self.flow.full:
            self._networkProducer.resumeProducing()

    @property
    def has_all_of_body(self) -> bool:
        return bool(self._handlingRequest)

    def refuse_body(self, response: bytes) -> None:
        """Respond at once, and read on for a moment: a client that is still sending would not see the response of a closed connection."""
        self.transport.write(response)
        self._await(self.factory.refused)

    def _await(self, awaited_in: awaited.AwaitedConnections | None) -> None:
        if self._awaited_in is not None:
            self._awaited_in.discard(self)
        self._awaited_in = awaited_in
        if awaited_in is not None:
            awaited_in.add(self)
