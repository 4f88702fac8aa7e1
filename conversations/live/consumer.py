"""The socket: authorises, parses, dispatches. What a command does is in `commands`."""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from typing import Any

from channels.consumer import AsyncConsumer
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from django.conf import settings
from django.db import DatabaseError, InterfaceError

from conversations import logs
from conversations.broadcast import frames
from conversations.commands import exchange, watch
from conversations.commands.execute import execute, stop
from conversations.commands.refusals import Refused
from conversations.models import User
from conversations.processes import supervisor
from conversations.providers.errors import ProviderError, sentence

from . import authentication, command_frames, connection_limits
from .command_rate import TokenBucket
from .outbox import Outbox
from .session_check import SessionCheck

log = logging.getLogger(__name__)

MAX_SOCKETS_PER_USER = 1500
MAX_WATCHED_TOPICS = 20
CATCH_UP_SECONDS = 2.0
"""Sockets that may have missed frames notify their pages over so long a time, so that not all ask for snapshots at once."""
COMMAND_TIMEOUT_SECONDS = 20.0
"""A database that never answers would otherwise hold a socket for ever."""
COMMANDS = {"send": exchange.send, "edit": exchange.edit, "regenerate": exchange.regenerate, "continue": exchange.resume}


class ChatConsumer(AsyncConsumer):
    """One tab. It watches its user and the conversations that it shows."""

    supervisor: supervisor.Supervisor
    user: User
    outbox: Outbox
    loop: asyncio.AbstractEventLoop
    closed = False

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        self._watched: dict[uuid.UUID, None] = {}  # in the order of their last `watch`
        self._session_check = SessionCheck(self._is_signed_in, lambda: self._close(4401))
        self._address: str | None = None
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()  # also when the server cancels us

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        self._commands, self._refusals = TokenBucket(40, 10), TokenBucket(200, 10)
        self._closing: asyncio.Task[None] | None = None
        self.loop = asyncio.get_running_loop()
        self.supervisor = supervisor.current()
        self.outbox = Outbox(self.base_send, lambda: self._close_soon(4408))
        await self.base_send({"type": "websocket.accept"})
        if not authentication.origin_allowed(self.scope["headers"]):
            await self._close(4403)
            return
        address = connection_limits.of(self.scope)
        if not connection_limits.enter(address):
            await self._close(4429)
            return
        self._address = address
        self._session_key = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME)
        user = await database_sync_to_async(authentication.signed_in)(self._session_key)
        if user is None:
            await self._close(4401)
            return
        if len(self.supervisor.hub.watchers_of(user.pk)) >= MAX_SOCKETS_PER_USER:
            await self._close(4429)
            return
        self.user = user
        self.watch(user.pk)
        self._session_check.later()
        self._ready()

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        if self._closing is not None or not self._watched:
            return
        if not self._commands.take():
            if self._refusals.take():
                self._send(
                    frames.error("too_many", "Too many commands at once. Try again in a moment.", command_frames.id_of(message.get("text")))
                )
            else:
                await self._close(4429)
            return
        request_id = None
        try:
            if oversized := message.get("oversized"):
                raise command_frames.unread(oversized)
            command = command_frames.parse(message.get("text"))
            request_id = command.id
            logs.request_id.set(str(request_id or ""))
            if command.type == "ping":  # answered without the database: it checks the connection, not the server
                self._send(frames.pong(command.id))
                return
            async with asyncio.timeout(COMMAND_TIMEOUT_SECONDS):
                if await self._is_signed_in():
                    await self._dispatch(command)
                else:
                    await self._close(4401)
        except command_frames.BadFrame as bad:
            self._send(frames.error(bad.code, bad.detail, bad.request_id))
        except Refused as refused:
            self._send(frames.error(refused.code, refused.detail, request_id, refused.resets))
        except ProviderError as error:
            self._send(frames.error("unavailable", sentence(error.kind), request_id))
        except (DatabaseError, InterfaceError):
            log.exception("A command failed in the database")
            self._send(frames.error("unavailable", "The database can't be reached. Nothing was changed; try again later.", request_id))
        except TimeoutError:
            log.error("A command took longer than %s s", COMMAND_TIMEOUT_SECONDS)
            self._send(
                frames.error("unavailable", "The server is slow right now. It may still carry this out: check in a moment.", request_id)
            )
        except Exception:
            log.exception("A command failed")
            self._send(frames.error("internal", "Something went wrong on the server. Nothing is lost; try again.", request_id))

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        raise StopConsumer

    async def _dispatch(self, command: command_frames.Command) -> None:
        fields = command.fields
        match command.type:
            case "watch":
                conversation_id = fields["conversation"]
                await watch.require(self.user, conversation_id)
                self.watch(conversation_id)
                await watch.catch_up(self.supervisor, self.user, conversation_id, self)
            case "unwatch":
                if fields["conversation"] != self.user.pk:
                    self._unwatch(fields["conversation"])
            case "stop":
                if (ended := await stop(self.supervisor, self.user, fields["message"])) is not None:
                    self._send(ended)
            case "send":
                await watch.require_model(self.user, command.id, fields["model"])
                await self._exchange(
                    command,
                    conversation_id=fields["conversation"],
                    parent_id=fields["parent"],
                    text=fields["text"],
                    prompt=fields["prompt"],
                    model=fields["model"],
                )
            case "edit":
                await self._exchange(command, message_id=fields["message"], text=fields["text"])
            case _:
                await self._exchange(command, message_id=fields["message"])

    async def _exchange(self, command: command_frames.Command, **fields: object) -> None:
        assert command.id is not None
        conversation_id, is_new = await execute(self.supervisor, COMMANDS[command.type], self.user, command.id, self, **fields)
        if not is_new:  # sent again: this socket may have missed what was published of it
            await watch.catch_up(self.supervisor, self.user, conversation_id, self)

    async def _is_signed_in(self) -> bool:
        user = await database_sync_to_async(authentication.signed_in)(self._session_key)
        if user is None or user.pk != self.user.pk:
            return False
        self.user = user
        return True

    # As a watcher

    def deliver(self, frame: str) -> None:
        self.outbox.put(frame)

    def recheck(self) -> None:
        self._session_check.now()

    def signed_out(self, session: str) -> None:
        if self._session_key and session == authentication.digest(self._session_key):
            self._close_soon(4401)

    def frames_missed(self) -> None:
        self.loop.call_later(random.uniform(0, CATCH_UP_SECONDS), self._catch_up)  # noqa: S311

    def _catch_up(self) -> None:
        if not self.closed:
            self.recheck()  # the user may have signed out meanwhile
            self._ready()

    def _ready(self) -> None:
        if not self.closed:
            self._send(frames.ready(self.user.pk, command_frames.VERSION))

    def _send(self, event: dict[str, Any]) -> None:
        self.outbox.put(frames.encode(event))

    def watch(self, topic: uuid.UUID) -> None:
        """Beyond MAX_WATCHED_TOPICS, which no page shows at once, the conversation watched longest ago is dropped."""
        if self.closed:
            return
        self._watched.pop(topic, None)
        self._watched[topic] = None
        self.supervisor.hub.add(topic, self)
        if len(self._watched) > MAX_WATCHED_TOPICS:
            self._unwatch(next(watched for watched in self._watched if watched != self.user.pk))

    def _unwatch(self, topic: uuid.UUID) -> None:
        self._watched.pop(topic, None)
        self.supervisor.hub.remove(topic, self)

    def _leave(self) -> None:
        self.closed = True
        connection_limits.leave(self._address)
        self._address = None
        self._session_check.end()
        if hasattr(self, "outbox"):
            self.outbox.close()
        for topic in tuple(self._watched):
            self._unwatch(topic)

    def _close_soon(self, code: int) -> None:
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close(code))

    async def _close(self, code: int) -> None:
        self._leave()
        await self.base_send({"type": "websocket.close", "code": code})
