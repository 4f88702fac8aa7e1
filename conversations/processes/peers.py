"""The other processes of the site, as far as Redis connects them: requests to them, and theirs to this one.

Their frames come over Redis, too. What it loses, and everything without it, is read from the database; see `follower`.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from conversations.broadcast import frames, hub
from conversations.broadcast.hub import Hub, Watcher
from conversations.models import RUNNING

from . import leases
from .presence import ALL_PROCESSES, ANSWER_TIMEOUT_SECONDS, Presence
from .registry import Registry

if TYPE_CHECKING:
    from conversations.broadcast.redis_bridge import RedisBridge

SUBSCRIBE_TIMEOUT_SECONDS = 1.0


class RemoteReply(NamedTuple):
    """A reply that another process writes, as its row says."""

    message: uuid.UUID
    conversation: uuid.UUID
    holder: uuid.UUID | None


class Peers:
    """Before `connect`, and without Redis, there are none."""

    def __init__(self, hub: Hub, registry: Registry) -> None:
        self._hub, self._registry = hub, registry
        self._bridge: RedisBridge | None = None
        self.presence = Presence(lambda: self._bridge)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._search: Callable[[], None] = lambda: None
        self._requests: dict[str, tuple[Watcher | None, asyncio.Future[None]]] = {}
        self._tasks: set[asyncio.Task[bool]] = set()
        self.followed: dict[uuid.UUID, RemoteReply] = {}
        """Replies of other processes that have watchers in this one, by message."""

    @property
    def connected(self) -> bool:
        return self._bridge is not None and self._bridge.connected

    async def connect(self, url: str, search: Callable[[], None]) -> None:
        """Stay connected through this Redis until cancelled.

        `search` is called when another process has handed over replies to the others.
        """
        from conversations.broadcast.redis_bridge import RedisBridge  # here, so that a site without Redis doesn't load its client

        self._search, self._loop = search, asyncio.get_running_loop()
        self._bridge = RedisBridge(url, leases.HOLDER, self._received, self._connected)
        for topic in (leases.HOLDER, ALL_PROCESSES):
            self._bridge.subscribe(topic)
        self._hub.connect(self._bridge)
        try:
            await self._bridge.run()
        finally:
            self._hub.connect(None)
            self._bridge = None

    async def request_snapshots(self, holder: uuid.UUID | None, conversation: uuid.UUID, watcher: Watcher | None) -> bool:
        """Have that process send snapshots of the replies that it writes in this conversation: to `watcher`, or to all watchers here.

        They come in order with its frames. False where it doesn't answer in time, or is not another process.
        """
        if holder in (None, leases.HOLDER):
            return False
        number, answered = str(uuid.uuid4()), asyncio.get_running_loop().create_future()
        self._requests[number] = (watcher, answered)
        try:
            request = {"do": "tell", "conversation": conversation, "number": number, "to": leases.HOLDER}
            if not self.presence.send(holder, request):
                return False
            await asyncio.wait([answered], timeout=ANSWER_TIMEOUT_SECONDS)
            return answered.done()
        finally:
            del self._requests[number]

    def stop(self, holder: uuid.UUID | None, message: uuid.UUID) -> None:
        """Have the process that writes this reply end it at once. Its row must say so already, for a process that Redis doesn't reach.

        Safe from any thread.
        """
        if self._loop is not None and holder is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self.presence.send, holder, {"do": "stop", "message": message}, context=Context())

    def announce_handover(self) -> None:
        """Replies were left to the other processes: have them search at once, before the leases expire."""
        self.presence.send(ALL_PROCESSES, {"do": "look"})

    async def until_subscribed(self, conversation: uuid.UUID) -> None:
        """Wait, for a second at most, until every frame that other processes publish to this conversation reaches us."""
        if self._bridge is not None:
            await self._bridge.until_subscribed(conversation, SUBSCRIBE_TIMEOUT_SECONDS)

    # What other processes publish

    def _received(self, topic: uuid.UUID, process: uuid.UUID, kind: str, payload: bytes) -> None:
        match kind:
            case "control":
                self._handle(orjson.loads(payload))
            case hub.RECHECK:
                self._hub.recheck_here(topic)
            case hub.SIGNED_OUT:
                self._hub.signed_out_here(topic, payload.decode())
            case _:
                self._hub.deliver_here(topic, payload.decode())
                self._follow(topic, process, kind, payload)

    def _follow(self, conversation: uuid.UUID, process: uuid.UUID, kind: str, frame: bytes) -> None:
        if kind == "finished":
            self.followed.pop(uuid.UUID(orjson.loads(frame)["message"]), None)
        elif kind == "message" and (message := orjson.loads(frame)["message"])["status"] in RUNNING:
            reply = RemoteReply(uuid.UUID(message["id"]), conversation, process)
            self.followed[reply.message] = reply

    def _handle(self, request: dict[str, Any]) -> None:
        match request["do"]:
            case "tell":
                self._send_snapshots(uuid.UUID(request["conversation"]), request["number"], uuid.UUID(request["to"]))
            case "told":
                if (ours := self._requests.get(request["number"])) is not None:
                    self._answered(uuid.UUID(request["conversation"]), request["frames"], *ours)
            case "stop":
                if (reply := self._registry.get(uuid.UUID(request["message"]))) is not None:
                    reply.stop()
            case "look":
                self._search()
            case "say you serve":
                self.presence.asked(uuid.UUID(request["to"]))
            case "know I serve":
                self.presence.answered()

    def _send_snapshots(self, conversation: uuid.UUID, number: str, to: uuid.UUID) -> None:
        replies = self._registry.in_conversation(conversation)
        if replies:
            self._hub.watched_by_others(conversation)
        snapshots = [frames.encode(reply.snapshot()) for reply in replies]
        self.presence.send(to, {"do": "told", "number": number, "conversation": conversation, "frames": snapshots})

    def _answered(self, conversation: uuid.UUID, snapshots: list[str], watcher: Watcher | None, answered: asyncio.Future[None]) -> None:
        for frame in snapshots:
            if watcher is None:
                self._hub.deliver_here(conversation, frame)
            else:
                watcher.deliver(frame)
        if not answered.done():
            answered.set_result(None)

    def _connected(self) -> None:
        """Frames may have been missed before."""
        for running in self._registry:
            self._hub.publish_streamed(running.conversation_id, running.snapshot())
        for reply in tuple(self.followed.values()):
            task = asyncio.ensure_future(self.request_snapshots(reply.holder, reply.conversation, None))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        for watcher in self._hub.all_watchers():
            watcher.frames_missed()
