"""Replies that other processes write, for those who watch them here.

Their frames come over Redis while it is there. What it loses, and everything while it is away, comes from the database,
only later.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable, Iterable
from contextvars import Context
from typing import Any, NamedTuple

import orjson
from channels.db import database_sync_to_async
from django.conf import settings

from conversations.broadcast import events, hub
from conversations.models import RUNNING, Message

from . import leases, registry

log = logging.getLogger(__name__)

EVERYONE = uuid.UUID(int=0)
"""What every process listens to. The id of a process is the topic that it alone listens to."""
ANSWERED_WITHIN = 1.0
"""Seconds that another process is given; after that the database has to do."""
SUBSCRIBED_WITHIN = 1.0
LOOKED_AT_EVERY = 2.0
"""Seconds between two looks into the database at what runs elsewhere, while Redis is away."""

MESSAGE, FINISHED = b'{"type":"message"', b'{"type":"finished"'


class Running(NamedTuple):
    """A reply that another process writes, as its row says."""

    message: uuid.UUID
    conversation: uuid.UUID
    holder: uuid.UUID | None


class Link:
    """What this process has to do with the others. There is one, `link`, while `serve` runs with Redis."""

    def __init__(self, url: str, look: Callable[[], None]) -> None:
        """`look` is called when another process has left replies to whoever can take them over."""
        from conversations.broadcast.redis_bridge import Bridge  # here, for a site without Redis need not load its client

        self._look = look
        self._loop = asyncio.get_running_loop()
        self.bridge = Bridge(url, leases.HOLDER, self._received, self._joined)
        self._asked: dict[str, tuple[hub.Watcher | None, asyncio.Future[None]]] = {}
        self._tasks: set[asyncio.Task[bool]] = set()

    async def run(self) -> None:
        """Until cancelled."""
        for topic in (leases.HOLDER, EVERYONE):
            self.bridge.subscribe(topic)
        hub.connect(self.bridge)
        try:
            await self.bridge.run()
        finally:
            hub.connect(None)

    async def ask(self, holder: uuid.UUID | None, conversation: uuid.UUID, watcher: hub.Watcher | None) -> bool:
        """Have the process deliver snapshots of what it writes in this conversation: to the watcher, or to all of them here.

        They come in order with its frames. False where it doesn't answer in time.
        """
        number, answered = str(uuid.uuid4()), asyncio.get_running_loop().create_future()
        self._asked[number] = (watcher, answered)
        try:
            question = {"do": "tell", "conversation": conversation, "number": number, "to": leases.HOLDER}
            if holder is None or not self._say(holder, question):
                return False
            await asyncio.wait([answered], timeout=ANSWERED_WITHIN)
            return answered.done()
        finally:
            del self._asked[number]

    def stop(self, holder: uuid.UUID, message: uuid.UUID) -> None:
        """Have the process end a reply at once. Its row says so, too, and is looked at on the next beat. Safe from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._say, holder, {"do": "stop", "message": message}, context=Context())

    async def listeners(self, topic: uuid.UUID) -> int | None:
        """How many other processes listen to it; None while Redis is away."""
        counted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def count(connections: int) -> None:
            if not counted.done():
                counted.set_result(connections - int(self.bridge.hears(topic)))

        if not self.bridge.publish(topic, orjson.dumps({"do": "nothing"}), count):
            return None
        await asyncio.wait([counted], timeout=ANSWERED_WITHIN)
        return counted.result() if counted.done() else None

    def have_others_look(self) -> None:
        self._say(EVERYONE, {"do": "look"})

    def _say(self, topic: uuid.UUID, what: dict[str, Any]) -> bool:
        return self.bridge.publish(topic, orjson.dumps(what))

    def _received(self, topic: uuid.UUID, process: uuid.UUID, payload: bytes) -> None:
        if topic in (leases.HOLDER, EVERYONE):
            self._told(orjson.loads(payload))
        elif payload == hub.RECHECK:
            hub.recheck_here(topic)
        elif payload.startswith(hub.SIGNED_OUT):
            hub.signed_out_here(topic, payload.removeprefix(hub.SIGNED_OUT).decode())
        else:
            hub.deliver_here(topic, payload.decode())
            if payload.startswith(FINISHED):
                _followed.pop(uuid.UUID(orjson.loads(payload)["message"]), None)
            elif payload.startswith(MESSAGE) and (message := orjson.loads(payload)["message"])["status"] in RUNNING:
                reply = Running(uuid.UUID(message["id"]), topic, process)
                _followed[reply.message] = reply

    def _told(self, what: dict[str, Any]) -> None:
        match what["do"]:
            case "tell":
                self._tell(uuid.UUID(what["conversation"]), what["number"], uuid.UUID(what["to"]))
            case "told":
                if (asked := self._asked.get(what["number"])) is not None:
                    self._answered(uuid.UUID(what["conversation"]), what["frames"], *asked)
            case "stop":
                if (reply := registry.get(uuid.UUID(what["message"]))) is not None:
                    reply.loop.call_soon_threadsafe(reply.stop)
            case "look":
                self._look()

    def _tell(self, conversation: uuid.UUID, number: str, to: uuid.UUID) -> None:
        replies = registry.in_conversation(conversation)
        if replies:
            hub.heard_elsewhere(conversation)
        frames = [events.encode(reply.snapshot()) for reply in replies]
        self._say(to, {"do": "told", "number": number, "conversation": conversation, "frames": frames})

    def _answered(self, conversation: uuid.UUID, frames: list[str], watcher: hub.Watcher | None, answered: asyncio.Future[None]) -> None:
        for frame in frames:
            if watcher is None:
                hub.deliver_here(conversation, frame)
            else:
                watcher.deliver(frame)
        if not answered.done():
            answered.set_result(None)

    def _joined(self) -> None:
        """Redis is there. While it was away, or before it was there, something may have been missed."""
        for reply in registry.every():
            hub.publish_words(reply.conversation_id, reply.snapshot())
        for running in tuple(_followed.values()):
            task = asyncio.ensure_future(self.ask(running.holder, running.conversation, None))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        for watcher in hub.every():
            watcher.missed_something()


link: Link | None = None
_followed: dict[uuid.UUID, Running] = {}
_shown: dict[uuid.UUID, int] = {}
_looked_at = 0.0


def connect(look: Callable[[], None]) -> asyncio.Task[None] | None:
    """Begin to work with the other processes, if the settings name a Redis. Cancel the task to end it."""
    global link
    if not settings.REDIS_URL:
        return None
    link = Link(settings.REDIS_URL, look)
    return asyncio.ensure_future(link.run())


def connected() -> bool:
    return link is not None and link.bridge.connected


async def others() -> int:
    """How many other processes there are, as far as Redis knows."""
    return (await link.listeners(EVERYONE) or 0) if link is not None else 0


async def lives(process: uuid.UUID | None) -> bool:
    """Whether Redis knows this other process to be there. Where it can't tell, it counts as not there."""
    return link is not None and process not in (None, leases.HOLDER) and bool(await link.listeners(process))


def have_others_look() -> None:
    """Replies were left to whoever takes them over: nobody need wait until that is noticed."""
    if link is not None:
        link.have_others_look()


async def until_heard(conversation: uuid.UUID) -> None:
    """Wait, for a moment at most, until nothing that is said in this conversation elsewhere passes us by."""
    if link is not None:
        await link.bridge.until_heard(conversation, SUBSCRIBED_WITHIN)


async def tell(watcher: hub.Watcher, running: Iterable[Running]) -> bool:
    """Deliver snapshots of these replies, all of one conversation. False where some process gave none in time."""
    running = list(running)
    _followed.update((reply.message, reply) for reply in running if reply.holder != leases.HOLDER)
    holders = {(reply.holder, reply.conversation) for reply in running}
    for holder, conversation in holders:
        if link is None or holder in (None, leases.HOLDER) or not await link.ask(holder, conversation, watcher):
            return False
    return True


def stop(holder: uuid.UUID | None, message: uuid.UUID) -> None:
    """Have the process that writes this reply end it at once. Its row must say so already, for whom this doesn't reach.

    Safe from any thread.
    """
    if link is not None and holder is not None:
        link.stop(holder, message)


def runs_here(message: uuid.UUID) -> None:
    """This process writes it from now on."""
    _followed.pop(message, None)


async def tell_what_became_of(message: uuid.UUID) -> None:
    """Tell those who watch here of a reply that this process wrote, until another took it over."""
    for saved in await _loaded([message]):
        if saved.is_running and saved.lease_holder == leases.HOLDER:  # it runs here again
            return
        if saved.is_running:
            reply = Running(saved.pk, saved.conversation_id, saved.lease_holder)
            _followed[reply.message] = reply
            if link is not None and await link.ask(reply.holder, reply.conversation, None):
                return
        _tell_here(saved)


def _tell_here(saved: Message) -> None:
    for event in (events.snapshot_of(saved), *([] if saved.is_running else [events.finished(saved)])):
        hub.deliver_here(saved.conversation_id, events.encode(event))


async def follow(running: Iterable[Running]) -> None:
    """Tell those who watch here what the database knows and Redis didn't bring. Call it every second with what runs elsewhere."""
    global _looked_at
    now = {reply.message: reply for reply in running if hub.of(reply.conversation)}
    ended = [message for message in _followed if message not in now and registry.get(message) is None]
    ends = await _loaded(ended)
    for message in ended:
        _followed.pop(message, None)
    _followed.update(now)
    for gone in [message for message in _shown if message not in now]:
        del _shown[gone]
    for saved in ends:
        if not saved.is_running:
            _tell_here(saved)
    clock = asyncio.get_running_loop().time()
    if connected() or clock - _looked_at < LOOKED_AT_EVERY:
        return
    _looked_at = clock
    for saved in await _loaded(list(now)):
        if saved.is_running and _shown.get(saved.pk) != saved.end:
            _shown[saved.pk] = saved.end
            _tell_here(saved)


async def _loaded(keys: list[uuid.UUID]) -> list[Message]:
    return await database_sync_to_async(lambda: list(Message.objects.filter(pk__in=keys)))() if keys else []
