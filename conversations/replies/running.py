"""Which replies run in this process: start, stop, watch, drain."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.db import transaction

from conversations.models import Conversation, Message, Status, User

from . import checkpoints, events, titles, watchers
from .pacing import Pacer
from .refusals import Refused, not_found
from .reply import RunningReply
from .turns import Exchange

log = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE = 3600.0
"""Seconds for which the end of a reply is kept while the database is away."""

MOST_OF_ONE_PERSON = 300

_replies: dict[uuid.UUID, RunningReply] = {}
_runs: dict[uuid.UUID, asyncio.Task[None]] = {}
_pacers: WeakKeyDictionary[asyncio.AbstractEventLoop, Pacer] = WeakKeyDictionary()
_beats: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()
_tasks: set[asyncio.Task[Any]] = set()  # the event loop itself holds tasks only weakly
_commands: set[asyncio.Task[uuid.UUID]] = set()  # those whose reply has not begun yet
_draining = False


def get(message_id: uuid.UUID) -> RunningReply | None:
    return _replies.get(message_id)


def in_conversation(conversation_id: uuid.UUID) -> list[RunningReply]:
    return [reply for reply in tuple(_replies.values()) if reply.conversation_id == conversation_id]


def count() -> int:
    return len(_replies)


async def carry_out(
    command: Callable[..., Exchange], user: User, request_id: uuid.UUID, watcher: watchers.Watcher, **fields: object
) -> uuid.UUID:
    """Run one of the commands of `turns`, tell everyone who watches, and start the reply.

    `watcher` hears `accepted` first and watches the conversation from then on. Once begun, this goes to its end even if
    its caller is cancelled: a reply that was saved is also started. Returns the conversation's id. Raises Refused.
    """
    if _draining:
        raise Refused("draining", "The server is restarting. Your message is kept and sent again in a moment.")
    if sum(1 for reply in _replies.values() if reply.owner_id == user.pk) >= MOST_OF_ONE_PERSON:
        raise Refused("too_many", f"{MOST_OF_ONE_PERSON} answers of yours are being written already. Wait for one or stop one.")
    carrying_out = _kept(_carry_out(command, user, request_id, watcher, fields))
    _commands.add(carrying_out)
    carrying_out.add_done_callback(_commands.discard)
    return await asyncio.shield(carrying_out)


async def _carry_out(
    command: Callable[..., Exchange], user: User, request_id: uuid.UUID, watcher: watchers.Watcher, fields: dict[str, object]
) -> uuid.UUID:
    exchange, news = await database_sync_to_async(_with_news)(command, user, request_id, fields)
    conversation_id = exchange.conversation.pk
    watcher.deliver(events.encode(events.accepted(request_id, exchange.message, exchange.reply)))
    watchers.add(conversation_id, watcher)
    if not exchange.fresh:
        for event in news:
            watcher.deliver(events.encode(event))
        if (running := get(exchange.reply.pk)) is not None:
            watcher.deliver(events.encode(running.snapshot()))
        return conversation_id
    for event in news:
        watchers.publish(conversation_id, event)
    watchers.publish(user.pk, events.conversation(exchange.conversation, running=True))
    start(exchange.reply)
    return conversation_id


def _with_news(
    command: Callable[..., Exchange], user: User, request_id: uuid.UUID, fields: dict[str, object]
) -> tuple[Exchange, list[events.Event]]:
    exchange = command(user, request_id, **fields)
    told = [
        events.message(message, [message.pk] if message in exchange.alone else message.siblings)
        for message in (exchange.message, exchange.reply)
    ]
    return exchange, told


def start(message: Message) -> RunningReply:
    """Let the reply run in this process. Its row says that this process holds it."""
    loop = asyncio.get_running_loop()
    pacer = _pacers.get(loop)
    if pacer is None:
        pacer = _pacers[loop] = Pacer(count)
    reply = _replies[message.pk] = RunningReply(message, pacer)
    _runs[message.pk] = _kept(_run(reply))
    if loop not in _beats:
        _beats[loop] = _kept(checkpoints.beat(_RepliesOf(loop)))
    return reply


class _RepliesOf(Iterable[RunningReply]):
    """The replies that run on one event loop, as they come and go."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def __iter__(self) -> Iterator[RunningReply]:
        return iter([reply for reply in tuple(_replies.values()) if reply.loop is self._loop])


async def _run(reply: RunningReply) -> None:
    try:
        await reply.run()
        news = await checkpoints.finish(reply, patience=5.0 if _draining else PATIENCE)
    finally:
        del _replies[reply.id], _runs[reply.id]
        if not any(_RepliesOf(reply.loop)):
            _beats.pop(reply.loop).cancel()
    for to_conversation, event in news:
        watchers.publish(reply.conversation_id if to_conversation else reply.owner_id, event)
    if reply.status == Status.COMPLETE and not _draining:
        _kept(titles.suggest(reply.conversation_id, reply.owner_id))


async def stop(user: User, message_id: uuid.UUID) -> events.Event | None:
    """End a reply of this person's. Returns the `finished` event of one that no longer runs. Raises Refused."""
    message = await database_sync_to_async(Message.objects.of(user).filter(pk=message_id).first)()
    if message is None:
        raise not_found()
    if (reply := get(message_id)) is not None:
        reply.loop.call_soon_threadsafe(reply.stop)
        return None
    if message.is_running:
        raise Refused("unavailable", "Another process writes this answer. It ends by itself, or is marked as interrupted in a moment.")
    return events.finished(message)


def forget(conversations: Iterable[Conversation]) -> None:
    """Call it with conversations that are being deleted: once they are gone, no reply in them goes on, and open pages drop them."""
    gone = [(conversation.pk, conversation.owner_id) for conversation in conversations]

    def tell() -> None:
        for conversation_id, owner_id in gone:
            for reply in in_conversation(conversation_id):
                reply.loop.call_soon_threadsafe(reply.stop)
            watchers.publish_from_thread(owner_id, events.removed(conversation_id))

    transaction.on_commit(tell)


async def drain(seconds: float) -> None:
    """Take no new replies any more, give the running ones `seconds` to finish, then save the rest as interrupted."""
    global _draining
    _draining = True
    if _commands:
        await asyncio.wait(_commands)
    await _until_done(seconds)
    for reply in list(_replies.values()):
        reply.stop(Status.INTERRUPTED)
    await _until_done(10.0)
    for task in tuple(_tasks):  # titles: there will be another occasion
        if task is not asyncio.current_task():
            task.cancel()


async def _until_done(seconds: float) -> None:
    if _runs:
        await asyncio.wait(_runs.values(), timeout=seconds)


def _kept(coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    task = asyncio.create_task(coroutine)
    _tasks.add(task)
    task.add_done_callback(_done)
    return task


def _done(task: asyncio.Task[Any]) -> None:
    _tasks.discard(task)
    if not task.cancelled() and (error := task.exception()) and not isinstance(error, Refused):
        log.error("A background task broke", exc_info=error)
