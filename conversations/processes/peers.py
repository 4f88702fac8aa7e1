"""The other processes of the site, as far as Redis connects them: what they are asked, and what they ask of this one.

Their frames come over Redis, too. What it loses, and everything without it, comes from the database; see `follower`.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from conversations.broadcast import events, hub
from conversations.broadcast.hub import Hub, Watcher
from conversations.models import RUNNING

from . import leases
from .registry import Registry

if TYPE_CHECKING:
    from conversations.broadcast.redis_bridge import RedisBridge

ALL_PROCESSES = uuid.UUID(int=0)
"""The topic that every process subscribes to. The id of a process is the topic of that process alone."""
ANSWERED_WITHIN_SECONDS = 1.0
"""After that the database has to do."""
SUBSCRIBED_WITHIN_SECONDS = 1.0
CONTROL: Final = "control"
"""Kind of what processes tell each other; a frame's kind is its type."""


class Running(NamedTuple):
    """A reply that another process writes, as its row says."""

    message: uuid.UUID
    conversation: uuid.UUID
    holder: uuid.UUID | None


class Peers:
    """Without `connect` there are none."""

    def __init__(self, hub: Hub, registry: Registry) -> None:
        self._hub, self._registry = hub, registry
        self._bridge: RedisBridge | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._look: Callable[[], None] = lambda: None
        self._questions: dict[str, tuple[Watcher | None, asyncio.Future[None]]] = {}
        self._tasks: set[asyncio.Task[bool]] = set()
        self.followed: dict[uuid.UUID, Running] = {}
        """Replies of other processes that have watchers in this one, by message."""

    @property
    def connected(self) -> bool:
        return self._bridge is not None and self._bridge.connected

    async def connect(self, url: str, look: Callable[[], None]) -> None:
        """Stay connected through this Redis until cancelled.

        `look` is called when another process has left replies to the others.
        """
        from conversations.broadcast.redis_bridge import RedisBridge  # here, for a site without Redis need not load its client

        self._look, self._loop = look, asyncio.get_running_loop()
        self._bridge = RedisBridge(url, leases.HOLDER, self._received, self._joined)
        for topic in (leases.HOLDER, ALL_PROCESSES):
            self._bridge.subscribe(topic)
        self._hub.connect(self._bridge)
        try:
            await self._bridge.run()
        finally:
            self._hub.connect(None)
            self._bridge = None

    async def ask(self, holder: uuid.UUID | None, conversation: uuid.UUID, watcher: Watcher | None) -> bool:
        """Have the process deliver snapshots of what it writes in this conversation: to the watcher, or to all of them here.

        They come in order with its frames. False where it doesn't answer in time, or is none of the others.
        """
        if holder in (None, leases.HOLDER):
            return False
        number, answered = str(uuid.uuid4()), asyncio.get_running_loop().create_future()
        self._questions[number] = (watcher, answered)
        try:
            question = {"do": "tell", "conversation": conversation, "number": number, "to": leases.HOLDER}
            if not self._tell(holder, question):
                return False
            await asyncio.wait([answered], timeout=ANSWERED_WITHIN_SECONDS)
            return answered.done()
        finally:
            del self._questions[number]

    def stop(self, holder: uuid.UUID | None, message: uuid.UUID) -> None:
        """Have the process that writes this reply end it at once. Its row must say so already, for a process that this doesn't reach.

        Safe from any thread.
        """
        if self._loop is not None and holder is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._tell, holder, {"do": "stop", "message": message}, context=Context())

    async def count(self) -> int:
        """How many other processes there are, as far as Redis knows."""
        return await self._listeners(ALL_PROCESSES) or 0

    async def lives(self, process: uuid.UUID | None) -> bool:
        """Whether Redis knows this other process to be there. Where it can't tell, it counts as not there."""
        return process is not None and process != leases.HOLDER and bool(await self._listeners(process))

    def have_others_look(self) -> None:
        """Replies were left to the others: none of them needs to wait until it notices."""
        self._tell(ALL_PROCESSES, {"do": "look"})

    async def until_heard(self, conversation: uuid.UUID) -> None:
        """Wait, for a moment at most, until every frame that other processes publish to this conversation reaches us."""
        if self._bridge is not None:
            await self._bridge.until_heard(conversation, SUBSCRIBED_WITHIN_SECONDS)

    async def _listeners(self, topic: uuid.UUID) -> int | None:
        """How many other processes listen to it; None without a connection to Redis."""
        if (bridge := self._bridge) is None:
            return None
        counted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def count(connections: int) -> None:
            if not counted.done():
                counted.set_result(connections - int(bridge.hears(topic)))

        if not bridge.publish(topic, CONTROL, orjson.dumps({"do": "nothing"}), count):
            return None
        await asyncio.wait([counted], timeout=ANSWERED_WITHIN_SECONDS)
        return counted.result() if counted.done() else None

    def _tell(self, topic: uuid.UUID, what: dict[str, Any]) -> bool:
        return self._bridge is not None and self._bridge.publish(topic, CONTROL, orjson.dumps(what))

    # What other processes publish

    def _received(self, topic: uuid.UUID, process: uuid.UUID, kind: str, payload: bytes) -> None:
        match kind:
            case "control":
                self._told(orjson.loads(payload))
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
            reply = Running(uuid.UUID(message["id"]), conversation, process)
            self.followed[reply.message] = reply

    def _told(self, what: dict[str, Any]) -> None:
        match what["do"]:
            case "tell":
                self._tell_snapshots(uuid.UUID(what["conversation"]), what["number"], uuid.UUID(what["to"]))
            case "told":
                if (question := self._questions.get(what["number"])) is not None:
                    self._answered(uuid.UUID(what["conversation"]), what["frames"], *question)
            case "stop":
                if (reply := self._registry.get(uuid.UUID(what["message"]))) is not None:
                    reply.stop()
            case "look":
                self._look()

    def _tell_snapshots(self, conversation: uuid.UUID, number: str, to: uuid.UUID) -> None:
        replies = self._registry.in_conversation(conversation)
        if replies:
            self._hub.watched_elsewhere(conversation)
        frames = [events.encode(reply.snapshot()) for reply in replies]
        self._tell(to, {"do": "told", "number": number, "conversation": conversation, "frames": frames})

    def _answered(self, conversation: uuid.UUID, frames: list[str], watcher: Watcher | None, answered: asyncio.Future[None]) -> None:
        for frame in frames:
            if watcher is None:
                self._hub.deliver_here(conversation, frame)
            else:
                watcher.deliver(frame)
        if not answered.done():
            answered.set_result(None)

    def _joined(self) -> None:
        """The connection is there. Without it, or before it, something may have been missed."""
        for reply in self._registry:
            self._hub.publish_streamed(reply.conversation_id, reply.snapshot())
        for running in tuple(self.followed.values()):
            task = asyncio.ensure_future(self.ask(running.holder, running.conversation, None))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        for watcher in self._hub.all_watchers():
            watcher.missed_something()
