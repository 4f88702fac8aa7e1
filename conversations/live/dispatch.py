"""Carries out one command, whichever way it came. What a command does is in `commands`."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from django.db import DatabaseError, InterfaceError

from conversations import logs
from conversations.broadcast import frames
from conversations.broadcast.hub import Watcher
from conversations.commands import exchange, watch
from conversations.commands.execute import execute, stop
from conversations.commands.refusals import Refused, SignedOut
from conversations.processes.supervisor import Supervisor

from . import command_frames
from .authentication import Session
from .command_rate import CommandRate

log = logging.getLogger(__name__)

COMMAND_TIMEOUT_SECONDS = 20.0
"""A database that never answers would otherwise hold a client for ever."""
COMMANDS = {"send": exchange.send, "edit": exchange.edit, "regenerate": exchange.regenerate, "continue": exchange.resume}


class Sender(Watcher, Protocol):
    """Who sent a command. The frames that answer it are delivered to it."""

    supervisor: Supervisor
    session: Session

    def send(self, frame: frames.Frame) -> None:
        """`deliver` this frame."""

    def unwatch(self, topic: uuid.UUID) -> None:
        """The contrary of `watch`."""


Parse = Callable[[str | bytes | None], command_frames.Command]
Dispatch = Callable[[command_frames.Command, Sender], Awaitable[None]]


async def carry_out(
    text: str | bytes | None,
    sender: Sender,
    rate: CommandRate,
    oversized: dict[str, Any] | None = None,
    *,
    parse: Parse = command_frames.parse,
    dispatch: Dispatch | None = None,
) -> int | None:
    """Read a command and carry it out. Returns the code with which the client is to be cut off, or None where it may go on.

    `oversized` tells of a frame that the server passed over instead; see `command_frames.unread`. `parse` and `dispatch` are those of other
    commands than the chat's.
    """
    if not rate.commands.take():
        if not rate.refusals.take():
            return 4429
        refused_id = command_frames.unread(oversized).request_id if oversized else command_frames.id_of(text)
        sender.send(frames.error("too_many", "Too many commands at once. Try again in a moment.", refused_id))
        return None
    request_id = None
    try:
        if oversized:
            raise command_frames.unread(oversized)
        command = parse(text)
        request_id = command.id
        logs.request_id.set(str(request_id or ""))
        if command.type == "ping":  # answered without the database: it checks the connection, not the server
            sender.send(frames.pong(command.id))
            return None
        async with asyncio.timeout(COMMAND_TIMEOUT_SECONDS):
            await (dispatch or _dispatch)(command, sender)
    except command_frames.BadFrame as bad:
        sender.send(frames.error(bad.code, bad.detail, bad.request_id))
    except SignedOut:
        return 4401
    except Refused as refused:
        sender.send(frames.error(refused.code, refused.detail, request_id, refused.resets))
    except (DatabaseError, InterfaceError):
        log.exception("A command failed in the database")
        sender.send(frames.error("unavailable", "The database can’t be reached. Nothing was changed; try again later.", request_id))
    except TimeoutError:
        log.error("A command took longer than %s s", COMMAND_TIMEOUT_SECONDS)
        sender.send(
            frames.error("unavailable", "The server is slow right now. It may still carry this out: check in a moment.", request_id)
        )
    except Exception:
        log.exception("A command failed")
        sender.send(frames.error("internal", "Something went wrong on the server. Nothing is lost; try again.", request_id))
    return None


async def _dispatch(command: command_frames.Command, sender: Sender) -> None:
    fields = command.fields
    if command.type not in COMMANDS:
        await sender.session.require()
    match command.type:
        case "watch":
            conversation_id, user = fields["conversation"], sender.session.user
            await watch.require(user, conversation_id)
            sender.watch(conversation_id)
            await watch.catch_up(sender.supervisor, user, conversation_id, sender)
        case "unwatch":
            if fields["conversation"] != sender.session.user.pk:
                sender.unwatch(fields["conversation"])
        case "stop":
            if (ended := await stop(sender.supervisor, sender.session.user, fields["message"])) is not None:
                sender.send(ended)
        case "send":
            await _exchange(
                command,
                sender,
                conversation_id=fields["conversation"],
                parent_id=fields["parent"],
                text=fields["text"],
                files=fields["attachments"],
                prompt=fields["prompt"],
                model=fields["model"],
                effort=fields["effort"],
                variables=fields["variables"],
                picture=fields["picture"],
            )
        case "edit":
            await _exchange(
                command,
                sender,
                message_id=fields["message"],
                text=fields["text"],
                files=fields["attachments"],
                model=fields["model"],
                effort=fields["effort"],
            )
        case "regenerate":
            await _exchange(command, sender, message_id=fields["message"], model=fields["model"], effort=fields["effort"])
        case _:
            await _exchange(command, sender, message_id=fields["message"])


async def _exchange(command: command_frames.Command, sender: Sender, **fields: object) -> None:
    assert command.id is not None
    supervisor, session = sender.supervisor, sender.session
    conversation_id, is_new = await execute(supervisor, COMMANDS[command.type], session.signed_in, command.id, sender, **fields)
    if not is_new:  # sent again: the sender may have missed what was published of it
        await watch.catch_up(supervisor, session.user, conversation_id, sender)
