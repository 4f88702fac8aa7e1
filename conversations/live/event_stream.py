"""Server-Sent Events, for pages whose WebSockets a proxy blocks: the same frames, one way. Commands are posted: `posted_commands`."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Coroutine
from typing import Any
from urllib.parse import parse_qs

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.db import DatabaseError, InterfaceError

from conversations.broadcast import frames
from conversations.commands import watch
from conversations.commands.refusals import Refused
from conversations.process_cache import kept
from conversations.processes import supervisor

from . import command_rate
from .connection import MAX_WATCHED_TOPICS, Connection
from .dispatch import COMMAND_TIMEOUT_SECONDS

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15.0
"""Proxies close what is silent for longer, often after 30 or 60 seconds, and the page gives up what is silent for 28."""
PADDING = b":" + b" " * 2048 + b"\n\n"
"""Some proxies and virus scanners hold the first bytes back until there are so many."""
HEADERS = [
    (b"Content-Type", b"text/event-stream; charset=utf-8"),
    (b"Cache-Control", b"no-store, no-transform"),  # compressed events would wait for more of their kind
    (b"X-Accel-Buffering", b"no"),  # nginx
    (b"X-Content-Type-Options", b"nosniff"),
]
LOST = 1011
"""Where the server can't go on; the page comes back."""

_told: set[str] = kept(set())


class EventStream(AsyncConsumer):
    """`GET /events/`: one tab. `?watch=<conversation>`, any number of times, has it watch conversations from the beginning.

    A stream's set of conversations never grows: a page that goes on to another opens a second stream and lets go of the first.
    """

    connection: Connection | None = None
    _heartbeat: asyncio.TimerHandle | None = None

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.connection is not None:
                self.connection.leave()
            if self._heartbeat is not None:
                self._heartbeat.cancel()

    async def http_request(self, message: dict[str, Any]) -> None:
        if message.get("more_body"):
            return
        conversations = _named_in(self.scope["query_string"])
        if self.scope["method"] != "GET" or conversations is None:
            await self._answer_shortly(405 if self.scope["method"] != "GET" else 400)
            return
        self.connection = Connection(self._transmit, self._end, is_stream=True)
        await self.base_send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await self.base_send({"type": "http.response.body", "body": PADDING, "more_body": True})
        try:
            async with asyncio.timeout(COMMAND_TIMEOUT_SECONDS):
                await self._open(self.connection, conversations)
        except (DatabaseError, InterfaceError, TimeoutError) as error:
            log.warning("A page can't be served without the database: %s", error)
            await self.connection.close(LOST)
        except Exception:
            log.exception("An event stream failed")
            await self.connection.close(LOST)

    async def http_disconnect(self, message: dict[str, Any]) -> None:
        raise StopConsumer

    async def _open(self, connection: Connection, conversations: list[uuid.UUID]) -> None:
        if not await connection.admit(self.scope, replaces=bool(conversations)):
            return
        user, key = connection.session.user, connection.session.key
        if conversations and not command_rate.of_session(key or "").commands.take():
            await connection.close(4429)
            return
        watched, refusals = [], []
        for conversation_id in conversations:
            try:
                await watch.require(user, conversation_id)
                watched.append(conversation_id)
            except Refused as refused:
                refusals.append(frames.error(refused.code, refused.detail, None))
        connection.begin(watched)
        self._beat()
        _tell_once()
        for refusal in refusals:
            connection.send(refusal)
        for conversation_id in watched:
            await watch.catch_up(connection.supervisor, user, conversation_id, connection)

    def _beat(self) -> None:
        if self._heartbeat is not None and self.connection is not None:
            self.connection.send(frames.pong(None))  # a comment would be a heartbeat, too, but one that no script can hear
        self._heartbeat = asyncio.get_running_loop().call_later(HEARTBEAT_SECONDS, self._beat)

    def _transmit(self, frame: str) -> Coroutine[Any, Any, None]:
        return self.base_send({"type": "http.response.body", "body": f"data: {frame}\n\n".encode(), "more_body": True})

    async def _end(self, code: int) -> None:
        await self.base_send({"type": "http.response.body", "body": f"event: close\ndata: {code}\n\n".encode(), "more_body": False})

    async def _answer_shortly(self, status: int) -> None:
        await self.base_send({"type": "http.response.start", "status": status, "headers": [(b"Content-Length", b"0")]})
        await self.base_send({"type": "http.response.body"})


def count() -> int:
    """How many pages of this process have no WebSocket just now. Safe from any thread."""
    return sum(isinstance(watcher, Connection) and watcher.is_stream for watcher in supervisor.current().hub.all_watchers())


def _named_in(query: bytes) -> list[uuid.UUID] | None:
    """The conversations that are to be watched; None where the query makes no sense."""
    try:
        named = [uuid.UUID(value) for value in parse_qs(query.decode("ascii")).get("watch", ())]
    except ValueError:
        return None
    return list(dict.fromkeys(named)) if len(named) < MAX_WATCHED_TOPICS else None


def _tell_once() -> None:
    if not _told:
        _told.add("websockets are blocked")
        log.warning(
            "A page had to do without a WebSocket: a proxy between it and this server blocks them. It works, but slower; "
            "see “WebSockets that a proxy blocks” in docs/operating.md."
        )
