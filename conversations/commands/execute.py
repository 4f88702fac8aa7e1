"""Executes a user's command: in the database first, then for everyone who watches the conversation."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from channels.db import database_sync_to_async

from conversations.broadcast import frames
from conversations.broadcast.hub import Watcher
from conversations.generation import first_attempt
from conversations.models import Message, User
from conversations.processes import leases
from conversations.processes.supervisor import Supervisor

from .idempotency import Exchange
from .refusals import Refused, SignedOut, not_found

if TYPE_CHECKING:
    from conversations.generation.first_attempt import FirstAttempt

MAX_REPLIES_PER_USER = 300

Command = Callable[..., Exchange]


async def execute(
    supervisor: Supervisor, command: Command, sign_in: Callable[[], User], request_id: uuid.UUID, watcher: Watcher, **fields: object
) -> tuple[uuid.UUID, bool]:
    """Run one of the commands of `exchange`, publish what it made, and start the reply.

    `sign_in` says whose command it is, or raises SignedOut: synchronous, for all that asks the database is done in one go.
    `watcher` receives `accepted` first and watches the conversation from then on. Once begun, this is completed even if
    its caller is cancelled: a reply that was saved is also started. Returns the conversation's id, and whether the command
    was new rather than sent again. Raises Refused.
    """
    if supervisor.is_draining:
        raise Refused("draining", "The server is restarting. Your message is kept and sent again in a moment.")
    execution = _execute(supervisor, command, sign_in, request_id, watcher, fields)
    return await asyncio.shield(supervisor.keep_command(execution, Refused, SignedOut))


async def stop(supervisor: Supervisor, user: User, message_id: uuid.UUID) -> frames.Frame | None:
    """End a reply of this user, whichever process writes it. Returns the `finished` frame of one that no longer runs.

    Raises Refused.
    """
    message = await database_sync_to_async(Message.objects.of(user).filter(pk=message_id).first)()
    if message is None:
        raise not_found()
    if (reply := supervisor.registry.get(message_id)) is not None:
        reply.loop.call_soon_threadsafe(reply.stop)
        if message.lease_holder == leases.HOLDER:
            return None
    if not message.is_running:
        return frames.finished(message)
    await database_sync_to_async(Message.objects.running().filter(pk=message_id).update)(stop_asked=True)
    supervisor.peers.stop(message.lease_holder, message_id)
    return None


async def _execute(
    supervisor: Supervisor,
    command: Command,
    sign_in: Callable[[], User],
    request_id: uuid.UUID,
    watcher: Watcher,
    fields: dict[str, object],
) -> tuple[uuid.UUID, bool]:
    exchange, user, news, first = await supervisor.database.do(partial(_done, supervisor, command, sign_in, request_id, fields))
    conversation_id = exchange.conversation.pk
    watcher.deliver(frames.encode(frames.accepted(request_id, exchange.message, exchange.reply, exchange.notice)))
    watcher.watch(conversation_id)
    if not exchange.is_new:
        for frame in news:
            watcher.deliver(frames.encode(frame))
        return conversation_id, False
    for frame in news:
        supervisor.hub.publish(conversation_id, frame)
    supervisor.hub.publish(user.pk, frames.conversation(exchange.conversation, running=True))
    supervisor.start(exchange.reply, first, opens=exchange.opens)
    for superseded in exchange.superseded:
        supervisor.end(superseded.pk, superseded.lease_holder)
    return conversation_id, True


class Done(NamedTuple):
    """What a command made, whose it is, the frames that tell of it, and what its reply is first asked with, if that is known."""

    exchange: Exchange
    user: User
    news: list[frames.Frame]
    first: FirstAttempt | None


def _done(supervisor: Supervisor, command: Command, sign_in: Callable[[], User], request_id: uuid.UUID, fields: dict[str, object]) -> Done:
    """All that a command asks the database for, in one go."""
    user = sign_in()
    if len(supervisor.registry.of_owner(user.pk)) >= MAX_REPLIES_PER_USER:
        raise Refused("too_many", f"{MAX_REPLIES_PER_USER} of your answers are being written already. Wait for one or stop one.")
    exchange = command(user, request_id, **fields)
    news = [
        frames.message(message, [message.pk] if message in (*exchange.earlier[1:], *exchange.without_siblings) else message.siblings)
        for message in (*exchange.earlier, exchange.message, exchange.reply)
    ]
    return Done(exchange, user, news, first_attempt.prepare(exchange.reply) if exchange.is_new else None)
