"""Follows replies that other processes write, for their watchers in this one: what Redis didn't deliver is read from the database."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable

from channels.db import database_sync_to_async

from conversations.broadcast import frames
from conversations.broadcast.hub import Hub, Watcher
from conversations.models import Message

from . import leases
from .peers import Peers, RemoteReply
from .registry import Registry

POLL_INTERVAL_SECONDS = 2.0
"""How often replies of other processes are read from the database without a connection to Redis."""


class Follower:
    def __init__(self, hub: Hub, registry: Registry, peers: Peers) -> None:
        self._hub, self._registry, self._peers = hub, registry, peers
        self._delivered: dict[uuid.UUID, int] = {}  # by message, up to which position
        self._polled_at = 0.0

    async def deliver_snapshots(self, watcher: Watcher, running: Iterable[RemoteReply]) -> bool:
        """Deliver snapshots of these replies, all of one conversation. False where a process didn't send them in time."""
        running = list(running)
        self._peers.followed.update((reply.message, reply) for reply in running if reply.holder != leases.HOLDER)
        for holder, conversation in {(reply.holder, reply.conversation) for reply in running}:
            if not await self._peers.request_snapshots(holder, conversation, watcher):
                return False
        return True

    def runs_here(self, message: uuid.UUID) -> None:
        """This process writes this reply from now on."""
        self._peers.followed.pop(message, None)

    async def deliver_outcome(self, message: uuid.UUID) -> None:
        """Deliver, to the watchers of this process, a reply that this process wrote until another one took it over."""
        for saved in await _loaded([message]):
            if saved.is_running and saved.lease_holder == leases.HOLDER:  # it runs here again
                return
            if saved.is_running:
                reply = RemoteReply(saved.pk, saved.conversation_id, saved.lease_holder)
                self._peers.followed[reply.message] = reply
                if await self._peers.request_snapshots(reply.holder, reply.conversation, None):
                    return
            self._deliver_here(saved)

    async def follow(self, running: Iterable[RemoteReply]) -> None:
        """Deliver what the database has and Redis didn't deliver. Call it every second with the replies of other processes."""
        followed = self._peers.followed
        now = {reply.message: reply for reply in running if self._hub.watchers_of(reply.conversation)}
        ended = [message for message in followed if message not in now and self._registry.get(message) is None]
        ends = await _loaded(ended)
        for message in ended:
            followed.pop(message, None)
        followed.update(now)
        for message in [message for message in self._delivered if message not in now]:
            del self._delivered[message]
        for saved in ends:
            if not saved.is_running:
                self._deliver_here(saved)
        clock = asyncio.get_running_loop().time()
        if self._peers.connected or clock - self._polled_at < POLL_INTERVAL_SECONDS:
            return
        self._polled_at = clock
        for saved in await _loaded(list(now)):
            if saved.is_running and self._delivered.get(saved.pk) != saved.end:
                self._delivered[saved.pk] = saved.end
                self._deliver_here(saved)

    def _deliver_here(self, saved: Message) -> None:
        for event in (frames.snapshot_of(saved), *([] if saved.is_running else [frames.finished(saved)])):
            self._hub.deliver_here(saved.conversation_id, frames.encode(event))


async def _loaded(keys: list[uuid.UUID]) -> list[Message]:
    return await database_sync_to_async(lambda: list(Message.objects.filter(pk__in=keys)))() if keys else []
