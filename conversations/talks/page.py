"""What a talk sends to its page: frames and sound in one order, of which no more is held than a slow page may have waiting."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from conversations.broadcast.frames import Frame, encode

MOST_QUEUED_BYTES = 4 * 1024 * 1024
"""Of sound: a minute and a half. A model speaks faster than it is heard, and browsers keep what comes."""
STALLED_SECONDS = 30.0

Transmit = Callable[[dict[str, Any]], Awaitable[None]]
"""Sends `text` or `bytes`, and waits while the page doesn't read."""


class TooSlow(Exception):
    """The page takes no more sound."""


class Page:
    def __init__(self, transmit: Transmit) -> None:
        self._transmit = transmit
        self._queue: deque[str | bytes] = deque()
        self._queued = 0
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._is_over = False

    def tell(self, frame: Frame) -> None:
        self._put(encode(frame))

    async def play(self, sound: bytes) -> None:
        """Raises TooSlow where nothing of what waits is taken for long."""
        self._queued += len(sound)
        self._put(sound)
        while self._queued > MOST_QUEUED_BYTES and not self._is_over:
            self._room.clear()
            try:
                async with asyncio.timeout(STALLED_SECONDS):
                    await self._room.wait()
            except TimeoutError:
                raise TooSlow from None

    def silence(self) -> None:
        """What wasn't sent yet of the sound isn't sent any more."""
        self._queue = deque(one for one in self._queue if isinstance(one, str))
        self._queued = 0
        self._room.set()

    async def send(self) -> None:
        """What is told, as it comes, until `end`."""
        while not (self._is_over and not self._queue):
            if not self._queue:
                self._news.clear()
                await self._news.wait()
                continue
            one = self._queue.popleft()
            if isinstance(one, bytes):
                self._queued -= len(one)
                await self._transmit({"bytes": one})
                self._room.set()
            else:
                await self._transmit({"text": one})

    def end(self) -> None:
        """Nothing follows what was told."""
        self._is_over = True
        self._news.set()
        self._room.set()

    def _put(self, one: str | bytes) -> None:
        if not self._is_over:
            self._queue.append(one)
            self._news.set()
