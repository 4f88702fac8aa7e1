"""Bodies of requests with files: written by threads, only so many bytes of them at once, and let go of as they are sent."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import httpx2
import orjson

from conversations import storage_threads

from .repeated_requests import encoded

PIECE_BYTES: Final = 64 * 1024
MOST_BYTES: Final = 40 * 1024 * 1024
"""Of files in bodies that are being written or sent. While a body is written, its files take about four times as much memory."""


class Room:
    """For so many bytes at once, which are given in the order in which they were asked for. Of one event loop."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = self._left = most
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, count: int) -> int:
        """Wait for room. Returns how much to give back: what takes more than all there is waits for all."""
        count = min(count, self._most)
        if not self._waiting and count <= self._left:
            self._left -= count
            return count
        given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((count, given))
        try:
            await given
        except asyncio.CancelledError:
            if given.done() and not given.cancelled():
                self._left += count
            else:
                self._waiting.remove((count, given))
            self._give()
            raise
        return count

    def give_back(self, count: int) -> None:
        self._left += count
        self._give()

    def _give(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._left:
            count, given = self._waiting.popleft()
            if not given.cancelled():
                self._left -= count
                given.set_result(None)


class LargeBody(httpx2.AsyncByteStream):
    """A request's JSON. In one piece it would hold up the event loop; once sent, nothing of it stays, however long the answer takes."""

    def __init__(self, content: bytes, close: Callable[[], None]) -> None:
        self._content, self.size = content, len(content)
        self._close: Callable[[], None] | None = close

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content, self._content = self._content, b""
        for start in range(0, len(content), PIECE_BYTES):
            yield content[start : start + PIECE_BYTES]
        del content
        self.let_go()

    def let_go(self) -> None:
        """It was sent, or won't be."""
        self._content = b""
        close, self._close = self._close, None
        if close is not None:
            close()


async def written(build: Callable[[], dict[str, Any]], file_bytes: int, room: Room) -> LargeBody:
    """The body that `build` returns, which may block, once there is room for so many bytes of files. To be let go of."""
    taken = await room.take(file_bytes)
    try:
        content = await storage_threads.run(_content, build)
    except BaseException:
        room.give_back(taken)
        raise
    return LargeBody(content, lambda: room.give_back(taken))


def _content(build: Callable[[], dict[str, Any]]) -> bytes:
    body = build()
    try:
        return orjson.dumps(body)  # with the rest of it in a string, one emoji would make four bytes of each character
    except TypeError:  # such as a number in a schema that takes more than 64 bits
        return encoded(body)
