"""The replies of this process as they begin and end: start, stop, take over, drain."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.db import transaction

from conversations import logs
from conversations.broadcast import events, hub
from conversations.commands.exchange import Exchange
from conversations.commands.refusals import Refused, not_found
from conversations.generation import title_suggestion
from conversations.generation.reply import RunningReply
from conversations.generation.throttle import Pacer
from conversations.models import Conversation, Message, Status, User
from conversations.providers.errors import ProviderError
from conversations.routing import catalog

from . import checkpoints, handover, leases, peers, registry

log = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE = 3600.0
"""Seconds for which the end of a reply is kept while the database is away."""

MOST_OF_ONE_PERSON = 300

_runs: set[asyncio.Task[None]] = set()
_pacers: WeakKeyDictionary[asyncio.AbstractEventLoop, Pacer] = WeakKeyDictionary()
_beats: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()
_tasks: set[asyncio.Task[Any]] = set()  # the event loop itself holds tasks only weakly
_commands: set[asyncio.Task[tuple[uuid.UUID, bool]]] = set()  # those whose reply has not begun yet
_draining = False


def is_draining() -> bool:
    """Whether this process takes no new replies any more."""
    return _draining


async def carry_out(
    command: Callable[..., Exchange], user: User, request_id: uuid.UUID, watcher: hub.Watcher, **fields: object
) -> tuple[uuid.UUID, bool]:
    """Run one of the commands of `turns`, tell everyone who watches, and start the reply.

    `watcher` hears `accepted` first and watches the conversation from then on. Once begun, this goes to its end even if
    its caller is cancelled: a reply that was saved is also started. Returns the conversation's id, and whether the command
    was new rather than sent again. Raises Refused.
    """
    if _draining:
        raise Refused("draining", "The server is restarting. Your message is kept and sent again in a moment.")
    if sum(1 for reply in registry.every() if reply.owner_id == user.pk) >= MOST_OF_ONE_PERSON:
        raise Refused("too_many", f"{MOST_OF_ONE_PERSON} answers of yours are being written already. Wait for one or stop one.")
    carrying_out = _kept(_carry_out(command, user, request_id, watcher, fields))
    _commands.add(carrying_out)
    carrying_out.add_done_callback(_commands.discard)
    return await asyncio.shield(carrying_out)


async def _carry_out(
    command: Callable[..., Exchange], user: User, request_id: uuid.UUID, watcher: hub.Watcher, fields: dict[str, object]
) -> tuple[uuid.UUID, bool]:
    exchange, news = await database_sync_to_async(_with_news)(command, user, request_id, fields)
    conversation_id = exchange.conversation.pk
    watcher.deliver(events.encode(events.accepted(request_id, exchange.message, exchange.reply)))
    watcher.watch(conversation_id)
    if not exchange.fresh:
        for event in news:
            watcher.deliver(events.encode(event))
        return conversation_id, False
    for event in news:
        hub.publish(conversation_id, event)
    hub.publish(user.pk, events.conversation(exchange.conversation, running=True))
    start(exchange.reply)
    for superseded in exchange.superseded:
        end(superseded.pk, superseded.lease_holder)
    return conversation_id, True


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
        pacer = _pacers[loop] = Pacer(registry.count)
    reply = RunningReply(message, pacer)
    if (earlier := registry.get(message.pk)) is not None:  # it was taken for dead and continued; its words don't count any more
        earlier.give_up()
    registry.add(reply)
    peers.runs_here(message.pk)
    hub.heard_elsewhere(reply.conversation_id)  # until Redis has told whether anybody is there
    run = _kept(_run(reply))
    _runs.add(run)
    run.add_done_callback(_runs.discard)
    if loop not in _beats:
        _beats[loop] = _kept(checkpoints.beat(registry.OnLoop(loop)))
    return reply


def take_over(message: Message) -> None:
    """Let a reply go on that another process lost, and that this one has claimed."""
    reply = start(message)
    hub.publish(reply.conversation_id, reply.snapshot())


async def _run(reply: RunningReply) -> None:
    logs.reply_id.set(str(reply.id))
    try:
        await reply.drive()
        if reply.taken_over:
            news = []
            await checkpoints.record_tries(reply)
        else:
            news = await checkpoints.finish(reply, patience=5.0 if _draining else PATIENCE)
    finally:
        registry.remove(reply)
        if not registry.in_conversation(reply.conversation_id):
            hub.no_words_left(reply.conversation_id)
        if not any(registry.OnLoop(reply.loop)) and (beat := _beats.pop(reply.loop, None)):
            beat.cancel()
    if reply.taken_over or not (news or reply.left_to_others):
        await peers.tell_what_became_of(reply.id)
    for to_conversation, event in news:
        hub.publish(reply.conversation_id if to_conversation else reply.owner_id, event)
    if reply.status == Status.COMPLETE and not _draining:
        _kept(title_suggestion.suggest(reply.conversation_id, reply.owner_id))


async def stop(user: User, message_id: uuid.UUID) -> events.Event | None:
    """End a reply of this person's, whichever process writes it. Returns the `finished` event of one that no longer runs.

    Raises Refused.
    """
    message = await database_sync_to_async(Message.objects.of(user).filter(pk=message_id).first)()
    if message is None:
        raise not_found()
    if (reply := registry.get(message_id)) is not None:
        reply.loop.call_soon_threadsafe(reply.stop)
        if message.lease_holder == leases.HOLDER:
            return None
    if not message.is_running:
        return events.finished(message)
    await database_sync_to_async(Message.objects.running().filter(pk=message_id).update)(stop_asked=True)
    peers.stop(message.lease_holder, message_id)
    return None


def end(message_id: uuid.UUID, holder: uuid.UUID | None) -> None:
    """Stop a reply whose row says already that it is to end, or is gone. Safe from any thread."""
    if (reply := registry.get(message_id)) is not None:
        reply.loop.call_soon_threadsafe(reply.stop)
    else:
        peers.stop(holder, message_id)


def forget(conversations: Iterable[Conversation]) -> None:
    """Call it with conversations that are being deleted: once they are gone, no reply in them goes on, and open pages drop them."""
    gone = [(conversation.pk, conversation.owner_id) for conversation in conversations]
    running = list(Message.objects.running().filter(conversation__in=[key for key, _ in gone]).values_list("pk", "lease_holder"))

    def tell() -> None:
        for message_id, holder in running:
            end(message_id, holder)
        for conversation_id, owner_id in gone:
            hub.publish_from_thread(owner_id, events.removed(conversation_id))

    transaction.on_commit(tell)


async def drain(seconds: float) -> None:
    """Take no new replies any more and give the running ones `seconds` to finish.

    What still runs then is left to another process (or to the next start) where it can go on without a seam, and saved as
    interrupted elsewhere.
    """
    await take_no_more()
    await _until_done(seconds)
    for reply in registry.every():
        if reply.is_over:  # its end waits for the database
            continue
        if handover.is_possible(reply.output.parts, reply.upstream, reply.model, catalog.latest()):
            reply.leave()
        else:
            reply.error = ProviderError("lost", "The server was told to stop.")
            reply.stop(Status.INTERRUPTED)
    await _until_done(10.0)
    peers.have_others_look()
    for task in tuple(_tasks):  # titles: there will be another occasion
        if task is not asyncio.current_task():
            task.cancel()


async def take_no_more() -> None:
    """Refuse new replies from now on; those whose command is under way still begin."""
    global _draining
    _draining = True
    if _commands:
        await asyncio.wait(_commands)


async def _until_done(seconds: float) -> None:
    if _runs:
        await asyncio.wait(_runs, timeout=seconds)


def _kept(coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    task = asyncio.create_task(coroutine)
    _tasks.add(task)
    task.add_done_callback(_done)
    return task


def _done(task: asyncio.Task[Any]) -> None:
    _tasks.discard(task)
    if not task.cancelled() and (error := task.exception()) and not isinstance(error, Refused):
        log.error("A background task broke", exc_info=error)
