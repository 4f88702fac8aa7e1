"""Hears of one reply while it is written, in whichever process that is."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import orjson
from channels.db import database_sync_to_async

from conversations.broadcast.hub import Hub

Looked = TypeVar("Looked")

MOST_WAITING = 256 * 1024
"""Characters of frames. A caller who reads more slowly is given what they missed of a snapshot."""
CHECK_SECONDS = 15.0
"""After so long without a word, each listener looks whether the reply has ended unheard."""


class Listener:
    """A watcher of the hub, for a program. Call `leave` at the end."""

    closed = False

    def __init__(self, hub: Hub) -> None:
        self.loop = asyncio.get_running_loop()
        self._hub = hub
        self._topics: list[uuid.UUID] = []
        self._waiting: deque[str] = deque()
        self._characters = 0
        self._came = asyncio.Event()
        self.accepted: dict[str, Any] | None = None
        """What the command that it was given to made. It comes before anything is watched, and is no frame of `next`."""
        self.missed = False
        """Frames were dropped: look at a snapshot, and clear this."""

    @classmethod
    async def watching(cls, hub: Hub, conversation: uuid.UUID, look: Callable[[], Looked]) -> tuple[Self, Looked]:
        """One that watches a conversation, and what `look`, which is synchronous, then reads: a reply may end before it is watched.

        Raises what `look` does.
        """
        listener = cls(hub)
        listener.watch(conversation)
        with listener.left_on_error():
            return listener, await database_sync_to_async(look)()

    def leave(self) -> None:
        """Nothing is delivered to it any more."""
        self.closed = True
        for topic in self._topics:
            self._hub.remove(topic, self)
        self._topics.clear()

    @contextmanager
    def left_on_error(self) -> Iterator[None]:
        """Leaves where what is done with it fails, or is cancelled."""
        try:
            yield
        except BaseException:
            self.leave()
            raise

    async def next(self) -> dict[str, Any] | None:
        """The next frame; None where nothing came for a while, or some were missed."""
        while not self._waiting:
            self._came.clear()
            if self.missed:
                return None
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._came.wait()
            except TimeoutError:
                return None
        taken = self._waiting.popleft()
        self._characters -= len(taken)
        frame: dict[str, Any] = orjson.loads(taken)
        return frame

    def deliver(self, frame: str) -> None:
        if not self._topics and not self.closed:
            self.accepted = orjson.loads(frame)
            return
        if self._waiting and self._characters + len(frame) > MOST_WAITING:
            self._waiting.clear()
            self._characters, self.missed = 0, True
        else:
            self._waiting.append(frame)
            self._characters += len(frame)
        self._came.set()

    def watch(self, topic: uuid.UUID) -> None:
        if not self.closed and topic not in self._topics:
            self._topics.append(topic)
            self._hub.add(topic, self)

    def recheck(self) -> None:
        """Whose token it is was checked when the request came."""

    def signed_out(self, session: str) -> None:
        """Programs have no sessions."""

    def frames_missed(self) -> None:
        self.missed = True
        self._came.set()
