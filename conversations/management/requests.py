"""Daphne's HTTP requests with bounds: on the bytes that they bring, on the time that they take, and on what waits for their reader."""

from __future__ import annotations

from http import HTTPStatus
from time import monotonic
from typing import Any

from daphne.http_protocol import HTTPFactory
from django.conf import settings

from conversations.api.errors import ApiError
from conversations.api.middleware import PREFIXES

from . import large_requests
from .awaited import AwaitedConnections
from .event_streams import StreamingRequest
from .flow import Flow
from .http_channel import BoundedChannel
from .large_body import LargeBody
from .large_requests import LargeRequests
from .named_files import NamedFiles
from .tcp_connection import TCPConnection

IDLE_SECONDS = 60
"""For so long a connection is kept for a next request."""
HEAD_SECONDS = 20
"""From the first byte of a request to the end of its headers; a WebSocket's handshake is such a request."""
BODY_SECONDS = 120
"""For the whole body: 2 MiB take so long at 17 KB a second, and 32 MiB at 280."""
REFUSED_SECONDS = 5
UNFINISHED_PER_ADDRESS = 100
"""Requests that are being received at the same time. Of an ordinary client they take milliseconds."""
PROGRAMS = tuple(prefix.encode() for prefix in PREFIXES)


class BoundedRequest(StreamingRequest):
    """A request whose body has a maximum size, and whose response waits for its reader."""

    channel: Any
    transport: Any
    path = b""  # until all of the request's head is there
    _received_bytes = 0
    _most_bytes = 0
    _large_body: LargeBody | None = None
    is_refused = False

    def __init__(self, channel: BoundedChannel, *args: Any) -> None:
        self.flow: Flow | None = channel.flow
        # Twisted's reading of forms is not used here, and takes a second of the event loop for a form of 2 MiB.
        super().__init__(channel, *args, parsePOSTFormSubmission=False)

    def gotLength(self, length: int | None) -> None:  # noqa: N802  (Twisted's names)
        self._most_bytes = large_requests.largest(self.channel._path)
        is_too_long = length is not None and length > self._most_bytes
        super().gotLength(0 if is_too_long else length)
        if is_too_long:
            self._refuse(large_requests.too_large(self.channel._path, self._origin))
        elif length is not None and length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            self._begin_large()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        self._received_bytes += len(data)
        if self.is_refused:
            return
        if self._received_bytes > self._most_bytes:
            self._refuse(large_requests.too_large(self.channel._path, self._origin))
            return
        if self._received_bytes > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            self._hold()
        if not self.is_refused:
            super().handleContentChunk(data)

    def requestReceived(self, *line: bytes) -> None:  # noqa: N802
        if self.is_refused:
            self.channel.loseConnection()
        else:
            super().requestReceived(*line)

    def setResponseCode(self, code: int, message: bytes | None = None) -> None:  # noqa: N802
        """Twisted has no words for 422 and 429."""
        super().setResponseCode(code, message or HTTPStatus(code).phrase.encode())

    def process(self) -> Any:
        if self.channel.factory.named_files.respond(self):
            return None
        processing = super().process()
        if self.transport is None and not self.finished and self.channel:  # it is a WebSocket now
            self.flow = None
            self.channel.requests, self.channel = [], None
        return processing

    def finish(self) -> None:
        super().finish()
        self._let_go()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        super().connectionLost(reason)
        self._let_go()

    def check_timeouts(self) -> None:
        """Daphne would cut a response off that is read slowly. One that isn't read at all ends with its TCP connection.

        Programs wait for a whole answer, or for its first word, as long as that takes (`api.answer.MAX_SECONDS`).
        """
        if not self._response_started and not any(prefix in self.path for prefix in PROGRAMS):
            super().check_timeouts()

    def _let_go(self) -> None:
        self._give_back()
        self.flow = self.transport = None  # Django's objects refer to each other, and thereby to us, until garbage is collected

    def _refuse(self, response: bytes) -> None:
        self.is_refused = True
        self.channel.refuse_body(response)

    @property
    def _origin(self) -> str | None:
        return self._header(b"origin")

    def _header(self, name: bytes) -> str | None:
        values = self.requestHeaders.getRawHeaders(name)
        return values[0].decode("latin-1") if values else None

    def _begin_large(self) -> LargeBody:
        authorization = self._header(b"authorization") or ""
        self._large_body = LargeBody(self.channel.factory.large_requests, authorization, self._large_body_known)
        return self._large_body

    def _large_body_known(self, refusal: ApiError | None) -> None:
        if self.is_refused or self._large_body is None:
            return
        self.channel.go_on_with_body()
        if refusal is not None and not self.channel.has_all_of_body:  # else it is Django's to refuse
            self._refuse(large_requests.refused(self.channel._path, refusal, self._origin))

    def _hold(self) -> None:
        """Have room for what is more than a page's body. Until it is known who sends it, no more is read."""
        large = self._large_body or self._begin_large()
        if not large.is_known:
            self.channel.pause_body()
        elif (refusal := large.hold(self._received_bytes - settings.DATA_UPLOAD_MAX_MEMORY_SIZE)) is not None:
            self._refuse(large_requests.refused(self.channel._path, refusal, self._origin))

    def _give_back(self) -> None:
        large, self._large_body = self._large_body, None
        if large is not None:
            large.let_go()


class BoundedHTTPFactory(HTTPFactory):
    """Makes the server's side of connections, and closes those that are late."""

    protocol = BoundedChannel

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.timeOut = None  # Twisted's, which begins again with each byte
        self.named_files = NamedFiles()
        self.large_requests = LargeRequests()
        self.connections: set[TCPConnection] = set()
        self.idle = AwaitedConnections(IDLE_SECONDS, settings.SOCKETS_PER_ADDRESS)
        self.heads = AwaitedConnections(HEAD_SECONDS, UNFINISHED_PER_ADDRESS)
        self.bodies = AwaitedConnections(BODY_SECONDS, UNFINISHED_PER_ADDRESS)
        self.refused = AwaitedConnections(REFUSED_SECONDS, UNFINISHED_PER_ADDRESS)

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        """Daphne's would have it make requests of its own."""
        channel = super().buildProtocol(addr)
        channel.requestFactory = BoundedRequest
        return channel

    def close_late(self) -> None:
        """Close the connections whose client has sent or read nothing for too long."""
        now = monotonic()
        for awaited in (self.idle, self.heads, self.bodies, self.refused):
            awaited.close_late(now)
        for connection in list(self.connections):
            connection.check_reader(now)
