"""Which other processes there are, and whether one of them goes on serving when this one stops."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from . import leases

if TYPE_CHECKING:
    from conversations.broadcast.redis_bridge import RedisBridge

ALL_PROCESSES = uuid.UUID(int=0)
"""The topic that every process subscribes to. The id of a process is the topic of that process alone."""
CONTROL = "control"
"""Kind of the requests between processes; a frame's kind is its type."""
ANSWER_TIMEOUT_SECONDS = 1.0
"""Of a request to another process. After that it is done without."""


class Presence:
    """`bridge` returns the connection to the others, or None without Redis: then there are none."""

    def __init__(self, bridge: Callable[[], RedisBridge | None]) -> None:
        self._bridge = bridge
        self._another_serves = asyncio.Event()
        self.is_stopping = False
        """Whether this process is about to end: others must not send their users to it."""

    async def is_alive(self, process: uuid.UUID | None) -> bool:
        """Whether that other process is connected to Redis. False, too, without a connection of our own."""
        return process is not None and process != leases.HOLDER and bool(await self._subscribers(process))

    async def another_serves(self) -> bool:
        """Whether another process says that it goes on serving.

        Redis alone can't tell. It counts for a while the connections of processes whose machine is gone, and those that stop themselves.
        """
        if not await self._subscribers(ALL_PROCESSES):
            return False
        self._another_serves.clear()
        if not self.send(ALL_PROCESSES, {"do": "say you serve", "to": leases.HOLDER}):
            return False
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_SECONDS):
                return await self._another_serves.wait()
        except TimeoutError:
            return False

    def asked(self, by: uuid.UUID) -> None:
        """Another process, which stops, asks whether this one goes on serving."""
        if not self.is_stopping:
            self.send(by, {"do": "know I serve"})

    def answered(self) -> None:
        self._another_serves.set()

    def send(self, topic: uuid.UUID, request: dict[str, Any]) -> bool:
        """Publish a request to other processes. False without a connection."""
        return (bridge := self._bridge()) is not None and bridge.publish(topic, CONTROL, orjson.dumps(request))

    async def _subscribers(self, topic: uuid.UUID) -> int | None:
        """How many other processes subscribe to it; None without a connection to Redis."""
        if (bridge := self._bridge()) is None:
            return None
        counted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def count(connections: int) -> None:
            if not counted.done():
                counted.set_result(connections - int(bridge.is_subscribed(topic)))

        if not bridge.publish(topic, CONTROL, orjson.dumps({"do": "nothing"}), count):
            return None
        await asyncio.wait([counted], timeout=ANSWER_TIMEOUT_SECONDS)
        return counted.result() if counted.done() else None
