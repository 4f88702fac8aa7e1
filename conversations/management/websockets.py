"""Daphne's WebSockets with flow control: `send` waits while the other side doesn't read, so that somebody can give up on it."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer


@implementer(IPushProducer)
class Flow:
    """Told by the transport when its buffer is full (64 KiB) and when it is empty again."""

    def __init__(self) -> None:
        self._emptied: asyncio.Future[None] | None = None

    @property
    def full(self) -> bool:
        return self._emptied is not None

    async def emptied(self) -> None:
        """Wait until the buffer is empty or the connection gone."""
        if self._emptied is not None:
            await asyncio.shield(self._emptied)

    def pauseProducing(self) -> None:  # noqa: N802  (Twisted's names)
        if self._emptied is None:
            self._emptied = asyncio.get_running_loop().create_future()

    def resumeProducing(self) -> None:  # noqa: N802
        if self._emptied is not None:
            self._emptied.set_result(None)
            self._emptied = None

    def stopProducing(self) -> None:  # noqa: N802
        self.resumeProducing()


MOST_WAITING = 8
"""Frames that may wait to be looked at before the connection is read no further."""


class FlowingWebSocket(WebSocketProtocol):
    maxMessagePayloadSize: int  # noqa: N815

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flow = Flow()
        self._reads = True

    def onOpen(self) -> None:  # noqa: N802
        self.unregisterProducer()  # the HTTP channel that the connection came from
        self.registerProducer(self.flow, True)
        super().onOpen()

    def sendMessage(self, payload: bytes, isBinary: bool = False, **options: Any) -> None:  # noqa: N802, N803
        """The largest size is meant for what we are sent. Autobahn would drop a long answer's snapshot for it without a word."""
        limit: int = self.maxMessagePayloadSize
        self.maxMessagePayloadSize = 0
        try:
            super().sendMessage(payload, isBinary, **options)
        finally:
            self.maxMessagePayloadSize = limit

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:  # noqa: N802
        """Write at once what the socket takes: Twisted would first wait for a turn of the loop, and autobahn colours a line for its log."""
        if sync or chopsize or self.send_queue or self.state != self.STATE_OPEN or self.logOctets:
            super().sendData(data, sync, chopsize)
            return
        self.trafficStats.outgoingOctetsWireLevel += len(data)
        transport = self.transport
        if transport.connected and not transport.disconnecting and not transport.dataBuffer and not transport._tempDataBuffer:
            sent = transport.writeSomeData(data)
            if isinstance(sent, int):  # else the connection is lost, which Twisted finds out at its next try
                data = data[sent:]
        if data:
            transport.write(data)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        super().onMessage(payload, isBinary)
        if self.application_queue.qsize() >= MOST_WAITING and self._reads:
            self._reads = False
            self.transport.pauseProducing()
            self._read_on_later()

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803
        """What was asked for is done all the same; but nobody waits any more for what was only to be looked at."""
        if queue := getattr(self, "application_queue", None):
            waiting = [queue.get_nowait() for _ in range(queue.qsize())]
            for message in waiting:
                if not _only_looks(message):
                    queue.put_nowait(message)
        super().onClose(wasClean, code, reason)
        self.flow.stopProducing()  # autobahn unregisters it before it drops a connection, and then the transport doesn't tell it

    def onAutoPingTimeout(self) -> None:  # noqa: N802
        """Hang up, unless the answer may be waiting among what we don't read just now. It is asked again before long."""
        if self._reads:
            super().onAutoPingTimeout()
        else:
            self.autoPingTimeoutCall = None

    def _read_on_later(self) -> None:
        asyncio.get_running_loop().call_later(0.05, self._read_on)

    def _read_on(self) -> None:
        if self.application_queue.qsize() >= MOST_WAITING:
            self._read_on_later()
        else:
            self._reads = True
            if not self.transport.disconnecting and self.transport.connected:
                self.transport.resumeProducing()


def _only_looks(message: dict[str, Any]) -> bool:
    try:
        command = orjson.loads(message.get("text") or "")
    except ValueError:
        return False
    return isinstance(command, dict) and command.get("type") in ("watch", "unwatch", "ping")
