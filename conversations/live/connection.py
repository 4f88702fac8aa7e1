"""An open page, whichever transport connects it: whether it is let in, what it watches, and how it ends."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from django.conf import settings

from conversations.broadcast import frames
from conversations.processes import supervisor

from . import authentication, command_frames, connection_limits
from .authentication import Session
from .outbox import Outbox, Transmit
from .session_check import SessionCheck

MAX_CONNECTIONS_PER_USER = 1500
MAX_WATCHED_TOPICS = 20
CATCH_UP_SECONDS = 2.0
"""Connections that may have missed frames notify their pages over so long a time, so that not all ask for snapshots at once."""


class Connection:
    """Watches its user and the conversations that its page shows.

    `transmit` sends a frame. `end(code)` closes the transport with one of the codes of docs/protocol.md.
    """

    session: Session
    closed = False

    def __init__(self, transmit: Transmit, end: Callable[[int], Awaitable[None]], *, is_stream: bool = False) -> None:
        self.is_stream = is_stream
        self.loop = asyncio.get_running_loop()
        self.supervisor = supervisor.current()
        self._outbox = Outbox(transmit, lambda: self._close_soon(4408))
        self.deliver = self._outbox.put
        self._end = end
        self._closing: asyncio.Task[None] | None = None
        self._watched: dict[uuid.UUID, None] = {}  # in the order of their last `watch`
        self._address: str | None = None
        self._session_check = SessionCheck(self._is_signed_in, lambda: self.close(4401))

    @property
    def takes_commands(self) -> bool:
        return self._closing is None and bool(self._watched)

    async def admit(self, scope: dict[str, Any], *, replaces: bool = False) -> bool:
        """Whether the client may connect; else the connection is closed. `replaces`: it takes the place of another one of the page."""
        if not authentication.origin_allowed(scope["headers"]):
            return await self._refuse(4403)
        address = connection_limits.of(scope)
        if not connection_limits.enter(address, replaces=replaces):
            return await self._refuse(4429)
        self._address = address
        self.session = Session(scope["cookies"].get(settings.SESSION_COOKIE_NAME))
        if not await self.session.is_signed_in():  # without a user there was no page that it could replace
            return await self._refuse(4401 if not replaces or connection_limits.count_opening(address) else 4429)
        if len(self.supervisor.hub.watchers_of(self.session.user.pk)) >= MAX_CONNECTIONS_PER_USER:
            return await self._refuse(4429)
        return True

    def begin(self, conversations: Sequence[uuid.UUID] = ()) -> None:
        """Watch the user and these conversations, and greet the page."""
        for topic in (self.session.user.pk, *conversations):
            self.watch(topic)
        self._session_check.later()
        self._greet()

    def send(self, frame: frames.Frame) -> None:
        self.deliver(frames.encode(frame))

    async def close(self, code: int) -> None:
        self.leave()
        await self._end(code)

    def leave(self) -> None:
        """Let go of everything: the transport is closed, or about to be."""
        self.closed = True
        connection_limits.leave(self._address)
        self._address = None
        self._session_check.end()
        self._outbox.close()
        for topic in tuple(self._watched):
            self.unwatch(topic)

    # As a watcher

    deliver: Callable[[str], None]

    def watch(self, topic: uuid.UUID) -> None:
        """Beyond MAX_WATCHED_TOPICS, which no page shows at once, the conversation watched longest ago is dropped."""
        if self.closed:
            return
        self._watched.pop(topic, None)
        self._watched[topic] = None
        self.supervisor.hub.add(topic, self)
        if len(self._watched) > MAX_WATCHED_TOPICS:
            self.unwatch(next(watched for watched in self._watched if watched != self.session.user.pk))

    def unwatch(self, topic: uuid.UUID) -> None:
        self._watched.pop(topic, None)
        self.supervisor.hub.remove(topic, self)

    def recheck(self) -> None:
        self._session_check.now()

    def signed_out(self, session: str) -> None:
        if self.session.is_known_as(session):
            self._close_soon(4401)

    def frames_missed(self) -> None:
        self.loop.call_later(random.uniform(0, CATCH_UP_SECONDS), self._catch_up)  # noqa: S311

    def _catch_up(self) -> None:
        if not self.closed:
            self.recheck()  # the user may have signed out meanwhile
            self._greet()

    def _greet(self) -> None:
        if not self.closed:
            self.send(frames.ready(self.session.user.pk, command_frames.VERSION))

    async def _is_signed_in(self) -> bool:
        return await self.session.is_signed_in()

    async def _refuse(self, code: int) -> bool:
        await self.close(code)
        return False

    def _close_soon(self, code: int) -> None:
        if self._closing is None:
            self._closing = asyncio.ensure_future(self.close(code))
