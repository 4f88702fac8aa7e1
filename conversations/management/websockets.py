"""Daphne's WebSockets with flow control: `send` waits while the client doesn't read (back-pressure), so that the outbox can give up.

A message that is too long is passed over instead of dropping the connection, and reaches the application as its size and id.
"""

from __future__ import annotations

import asyncio
import struct
import time
from typing import Any

import orjson
from daphne.ws_protocol import WebSocketProtocol

from conversations.live.token_bucket import TokenBucket

from .flow import Flow
from .oversized_message import MAX_SKIPPED_BYTES, OversizedMessage

MAX_QUEUED_FRAMES = 8
"""While more wait to be handled, the connection is not read."""
CONTROL_FRAMES_BURST, CONTROL_FRAMES_PER_SECOND = 100, 10
"""Pings and pongs. Browsers send none but their answers to our pings, other clients and proxies one now and then."""
TOO_MANY = 4429

_LENGTH_16, _LENGTH_64 = struct.Struct("!BBH"), struct.Struct("!BBQ")
CLOSING_SECONDS = 15.0
"""For a client that is still sending what was refused."""


class FlowingWebSocket(WebSocketProtocol):
    maxMessagePayloadSize: int  # noqa: N815
    message_data: list[bytes]
    path = b""
    """Until the request is read, and where it can't be."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flow = Flow()
        self._is_reading = True
        self._oversized: OversizedMessage | None = None
        self._control_frames = TokenBucket(CONTROL_FRAMES_BURST, CONTROL_FRAMES_PER_SECOND)

    @property
    def is_talk(self) -> bool:
        """Whether an assistant is talked with in speech over it."""
        return bytes(self.path).endswith(b"/ws/talk/")

    def onOpen(self) -> None:  # noqa: N802
        self.unregisterProducer()  # the HTTP channel that the connection came from
        self.registerProducer(self.flow, True)
        super().onOpen()

    def sendMessage(self, payload: bytes, isBinary: bool = False, **options: Any) -> None:  # noqa: N802, N803
        """The maximum size is meant for received frames. Autobahn would silently drop a long answer's snapshot for it."""
        limit: int = self.maxMessagePayloadSize
        self.maxMessagePayloadSize = 0
        try:
            super().sendMessage(payload, isBinary, **options)
        finally:
            self.maxMessagePayloadSize = limit

    def send_text(self, text: str) -> bool:
        """Send a text frame at once, without the many questions of daphne and autobahn before each. False where they have to do it."""
        if self.state != self.STATE_OPEN or self._perMessageCompress is not None or self.logFrames:
            return False
        payload = text.encode()
        length = len(payload)
        if length < 126:  # as RFC 6455 (5.2) has it: the last frame of a text, its length in 7, 16 or 64 bits, and no mask
            head = bytes((0x81, length))
        else:
            head = _LENGTH_16.pack(0x81, 126, length) if length < 65_536 else _LENGTH_64.pack(0x81, 127, length)
        self.sendData(head + payload)
        return True

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:  # noqa: N802
        """Write at once what the socket takes: Twisted would wait for the next turn of the loop, and autobahn would format a log line."""
        if sync or chopsize or self.send_queue or self.state != self.STATE_OPEN or self.logOctets:
            super().sendData(data, sync, chopsize)
            return
        self.trafficStats.outgoingOctetsWireLevel += len(data)
        transport = self.transport
        if transport.connected and not transport.disconnecting and not transport.dataBuffer and not transport._tempDataBuffer:
            sent = transport.writeSomeData(data)
            if isinstance(sent, int):  # else the connection is lost, which Twisted finds out at its next write
                data = data[sent:]
        if data:
            transport.write(data)

    def _max_message_size_exceeded(self, msg_size: int, max_msg_size: int, reason: str) -> None:
        """Autobahn would drop the connection, and a client that sends again what was not answered would come back for ever."""
        if msg_size > MAX_SKIPPED_BYTES:
            self.failByDrop = False  # the client is to see the code, which it reads once it has sent what it is sending
            self.closeHandshakeTimeout = CLOSING_SECONDS
            super()._max_message_size_exceeded(msg_size, max_msg_size, reason)
        elif self._oversized is None:
            self._oversized = OversizedMessage(b"".join(self.message_data))
            self.message_data = []
            self.utf8validateIncomingCurrentMessage = False

    def onMessageFrameData(self, payload: bytes) -> None:  # noqa: N802
        if self._oversized is None:
            super().onMessageFrameData(payload)
        else:
            self._oversized.add(payload)

    def onMessageEnd(self) -> None:  # noqa: N802
        skipped, self._oversized = self._oversized, None
        if skipped is None:
            super().onMessageEnd()
        elif not self.failedByMe and not self.muted:
            self.last_ping = time.time()
            self.application_queue.put_nowait(
                {"type": "websocket.receive", "oversized": {"bytes": skipped.size, "request_id": skipped.request_id}}
            )
            self._pause_if_busy()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        super().onMessage(payload, isBinary)
        self._pause_if_busy()

    def _pause_if_busy(self) -> None:
        if self.application_queue.qsize() >= MAX_QUEUED_FRAMES and self._is_reading:
            self._is_reading = False
            self.transport.pauseProducing()
            self._resume_later()

    def onPing(self, payload: bytes) -> None:  # noqa: N802
        """Pongs don't wait for their reader as messages do."""
        if self._control_frames.take():
            super().onPing(payload)
        else:
            self._close_flooded()

    def onPong(self, payload: bytes) -> None:  # noqa: N802
        if not self._control_frames.take():
            self._close_flooded()

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803
        """Commands that change something are still carried out; those that only read are dropped with the connection."""
        if queue := getattr(self, "application_queue", None):
            queued = [queue.get_nowait() for _ in range(queue.qsize())]
            for message in queued:
                if not _only_reads(message):
                    queue.put_nowait(message)
        super().onClose(wasClean, code, reason)
        self.flow.stopProducing()  # autobahn unregisters it before it drops a connection, and then the transport doesn't notify it

    def onAutoPingTimeout(self) -> None:  # noqa: N802
        """Close the connection, unless the pong may be among the bytes that we don't read now. The next ping follows soon."""
        if self._is_reading:
            super().onAutoPingTimeout()
        else:
            self.autoPingTimeoutCall = None

    def _close_flooded(self) -> None:
        self.wasNotCleanReason = "too many control frames"
        self.sendCloseFrame(code=TOO_MANY)
        self.dropConnection(abort=self.flow.full)

    def _resume_later(self) -> None:
        asyncio.get_running_loop().call_later(0.05, self._resume)

    def _resume(self) -> None:
        if self.application_queue.qsize() >= MAX_QUEUED_FRAMES:
            self._resume_later()
        else:
            self._is_reading = True
            if not self.transport.disconnecting and self.transport.connected:
                self.transport.resumeProducing()


def _only_reads(message: dict[str, Any]) -> bool:
    try:
        command = orjson.loads(message.get("text") or "")
    except ValueError:
        return False
    return isinstance(command, dict) and command.get("type") in ("watch", "unwatch", "ping")
