"""Carries what is published in this process to the watchers of the others, and back: Redis publish/subscribe.

Redis stores nothing of it and may lose any of it. What it lost is read from the database; see `processes.follower`.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

Topic = uuid.UUID
Receipt = Callable[[int], None]

MAX_SILENCE_SECONDS = 10.0
"""After so long without data from Redis the connection counts as dead. It is pinged twice as often."""
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.1, 3.0
MAX_QUEUED_BYTES = 16 * 1024 * 1024
"""For a slow Redis. Beyond that the queue is dropped, as it is when the connection is lost."""

FORMAT = 2
"""Of what is carried. Processes of another format, as in a rolling upgrade, don't hear each other: they would not understand."""
_ID_BYTES = 16
_AFTER_KIND = b"\n"
"""A message consists of the process's id, the kind, this, and the payload."""


class RedisBridge:
    """One for a process. `run` keeps it connected; everything else may be called at any time on the same event loop.

    `receive(topic, process, kind, payload)` is called for everything that another process publishes to a topic that is subscribed here;
    `on_connected()` whenever it has connected (again) and every subscription is in force.
    """

    def __init__(
        self, url: str, process: uuid.UUID, receive: Callable[[Topic, uuid.UUID, str, bytes], None], on_connected: Callable[[], None]
    ) -> None:
        # Timeouts are ours: redis-py sends under `asyncio.wait_for`, which in Python 3.11 may swallow a cancellation.
        options: dict[str, Any] = {"protocol": 2, "socket_connect_timeout": 3, "socket_timeout": None, "retry": Retry(NoBackoff(), 0)}
        self._pool = ConnectionPool.from_url(url, **options)
        # Publish/subscribe ignores Redis' databases: sites that share a Redis are separated by their secret.
        self._prefix = hashlib.sha256(f"chatbot:{FORMAT}:{settings.SECRET_KEY}".encode()).digest()[:8]
        self._process = process.bytes
        self._receive, self._on_connected = receive, on_connected
        self.connected = False
        self._wanted: set[Topic] = set()
        self._in_force: set[Topic] = set()
        self._requested: set[Topic] = set()
        self._confirmations: dict[Topic, asyncio.Future[None]] = {}
        self._changed, self._filled = asyncio.Event(), asyncio.Event()
        self._queue: list[tuple[Topic, bytes, Receipt | None]] = []
        self._queued = 0

    def subscribe(self, topic: Topic) -> None:
        self._wanted.add(topic)
        self._changed.set()

    def unsubscribe(self, topic: Topic) -> None:
        self._wanted.discard(topic)
        self._changed.set()

    def is_subscribed(self, topic: Topic) -> bool:
        """Whether Redis has confirmed our subscription, and we have not ended it."""
        return topic in self._in_force and topic in self._wanted

    async def until_subscribed(self, topic: Topic, seconds: float) -> bool:
        """Wait until what is published to this topic reaches us. False where it does not, for there is no connection to Redis."""
        if self.connected and topic in self._wanted and topic not in self._in_force:
            confirmed = self._confirmations.setdefault(topic, asyncio.get_running_loop().create_future())
            await asyncio.wait([confirmed], timeout=seconds)
        return self.connected and topic in self._in_force

    def publish(self, topic: Topic, kind: str, payload: bytes, receipt: Receipt | None = None) -> bool:
        """Send it with the next batch. `receipt` gets the number of connections that received it, ours included. False: not connected."""
        if not self.connected:
            return False
        if self._queued > MAX_QUEUED_BYTES:
            log.warning("Redis is too slow: %s frames for other processes are dropped", len(self._queue))
            self._queue.clear()
            self._queued = 0
        self._queue.append((topic, kind.encode() + _AFTER_KIND + payload, receipt))
        self._queued += len(payload)
        self._filled.set()
        return True

    async def run(self) -> None:
        """Stay connected until cancelled."""
        pause, was_down = FIRST_PAUSE_SECONDS, False
        while True:
            try:
                await self._stay_connected()
            except (RedisError, OSError, TimeoutError) as error:
                if self.connected or not was_down:
                    log.warning(
                        "Redis can't be reached; users follow answers of other processes through the database: %s",
                        str(error) or "it is silent",
                    )
                    pause = FIRST_PAUSE_SECONDS
                was_down = True
            except Exception:
                log.exception("The bridge to the other processes failed; it reconnects")
            finally:
                self._disconnected()
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311
            pause = min(MAX_PAUSE_SECONDS, pause * 2)

    async def _stay_connected(self) -> None:
        sender, receiver = (self._pool.connection_class(**self._pool.connection_kwargs) for _ in range(2))
        try:
            async with asyncio.timeout(MAX_SILENCE_SECONDS):
                await sender.connect()  # type: ignore[no-untyped-call]
                await receiver.connect()  # type: ignore[no-untyped-call]
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read(receiver))
                tasks.create_task(self._keep_subscriptions(receiver))
                tasks.create_task(self._send(sender))
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            await sender.disconnect(nowait=True)
            await receiver.disconnect(nowait=True)

    def _disconnected(self) -> None:
        self.connected = False
        self._in_force.clear()
        self._requested.clear()
        self._queue.clear()
        self._queued = 0
        for waiting in self._confirmations.values():
            if not waiting.done():
                waiting.set_result(None)
        self._confirmations.clear()

    async def _keep_subscriptions(self, connection: AbstractConnection) -> None:
        """Bring the subscriptions in line with `_wanted`; ping a connection that is quiet."""
        while True:
            self._changed.clear()
            new, old = self._wanted - self._requested, self._requested - self._wanted
            self._requested = set(self._wanted)
            self._in_force -= old
            for command, topics in (("SUBSCRIBE", new), ("UNSUBSCRIBE", old)):
                if topics:
                    async with asyncio.timeout(MAX_SILENCE_SECONDS):
                        await connection.send_command(command, *(self._prefix + topic.bytes for topic in topics), check_health=False)
            if not self.connected and self._wanted <= self._in_force:
                self._connected()
            try:
                async with asyncio.timeout(MAX_SILENCE_SECONDS / 2):
                    await self._changed.wait()
            except TimeoutError:
                await connection.send_command("PING", check_health=False)

    def _connected(self) -> None:
        self.connected = True
        log.info("Connected to Redis")
        self._on_connected()

    async def _read(self, connection: AbstractConnection) -> None:
        start = len(self._prefix)
        while True:
            async with asyncio.timeout(MAX_SILENCE_SECONDS):
                response = await connection.read_response()
            kind, channel, content = [*response, None][:3]
            if kind == b"message":
                if content[:_ID_BYTES] != self._process:  # what we publish to a topic that we subscribe to comes back to us
                    self._receive_message(uuid.UUID(bytes=channel[start:]), content)
            elif kind == b"subscribe":
                topic = uuid.UUID(bytes=channel[start:])
                if topic in self._requested:
                    self._in_force.add(topic)
                if (waiting := self._confirmations.pop(topic, None)) is not None and not waiting.done():
                    waiting.set_result(None)
                if not self.connected and self._wanted <= self._in_force:
                    self._connected()

    def _receive_message(self, topic: Topic, content: bytes) -> None:
        try:
            kind, _, payload = content[_ID_BYTES:].partition(_AFTER_KIND)
            self._receive(topic, uuid.UUID(bytes=content[:_ID_BYTES]), kind.decode(), payload)
        except Exception:  # an unreadable message must not cost the connection
            log.exception("A message of another process is unreadable")

    async def _send(self, connection: AbstractConnection) -> None:
        """The whole queue at once: one system call and one wake-up for many frames."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            batch, self._queue, self._queued = self._queue, [], 0
            if not batch:
                continue
            commands = [("PUBLISH", self._prefix + topic.bytes, self._process + payload) for topic, payload, _ in batch]
            async with asyncio.timeout(MAX_SILENCE_SECONDS):
                await connection.send_packed_command(connection.pack_commands(commands), check_health=False)
                for _, _, receipt in batch:
                    count = await connection.read_response()
                    if receipt is not None:
                        receipt(count)
