"""Daphne's WebSockets with flow control: `send` waits while the other side doesn't read, so that somebody can give up on it."""

from __future__ import annotations

import asyncio
from typing import Any

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


class FlowingWebSocket(WebSocketProtocol):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flow = Flow()

    def onOpen(self) -> None:  # noqa: N802
        self.unregisterProducer()  # the HTTP channel that the connection came from
        self.registerProducer(self.flow, True)
        super().onOpen()
