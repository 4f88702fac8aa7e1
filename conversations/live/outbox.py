"""From an encoded frame to the transport with as little as possible between."""

from __future__ import annotations

import asyncio
import types
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

Transmit = Callable[[str], Coroutine[Any, Any, None]]

MAX_QUEUED_CHARACTERS = 2 * 1024 * 1024
"""For a slow client."""


class Outbox:
    """Sends text frames in order. Where `transmit` doesn't wait, no task is made for a frame.

    A client that can't keep up fills the queue; `overflowed` is then called once, and nothing more is sent.
    """

    def __init__(self, transmit: Transmit, overflowed: Callable[[], None]) -> None:
        self._transmit = transmit
        self._overflowed = overflowed
        self._queue: deque[str] = deque()
        self._queued_characters = 0
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def put(self, text: str) -> None:
        if self._closed:
            return
        if self._task is not None:
            self._queue.append(text)
            self._queued_characters += len(text)
            if self._queued_characters > MAX_QUEUED_CHARACTERS:
                self.close()
                self._overflowed()
            return
        sending = self._transmit(text)
        assert isinstance(sending, types.CoroutineType)
        try:
            paused_on = sending.send(None)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001  (a broken transport concerns this client, not the publisher)
            self.close()
            return
        self._task = asyncio.ensure_future(self._drain(_resumed(sending, paused_on)))

    def close(self) -> None:
        """Drop the queue and take no more frames."""
        self._closed = True
        self._queue.clear()

    async def _drain(self, first: Awaitable[None]) -> None:
        try:
            await first
            while self._queue:
                text = self._queue.popleft()
                self._queued_characters -= len(text)
                await self._transmit(text)
        except Exception:  # noqa: BLE001
            self.close()
        finally:
            self._task = None


@types.coroutine
def _resumed(coroutine: types.CoroutineType[Any, Any, None], paused_on: Any) -> Generator[Any, Any, None]:
    """Continue a coroutine whose first step was run by hand and that waits for `paused_on`."""
    while True:
        sent = yield paused_on
        try:
            paused_on = coroutine.send(sent)
        except StopIteration:
            return
