"""Back-pressure: what a connection is to send waits until the client has read what was sent before."""

from __future__ import annotations

import asyncio

from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer


@implementer(IPushProducer)
class Flow:
    """Notified by the transport when its buffer is full (64 KiB) and when it is empty again."""

    def __init__(self) -> None:
        self._emptied: asyncio.Future[None] | None = None

    @property
    def full(self) -> bool:
        return self._emptied is not None

    async def emptied(self) -> None:
        """Wait until the buffer is empty or the connection closed."""
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
