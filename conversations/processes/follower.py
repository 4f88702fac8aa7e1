"""Follows replies that other processes write, for their watchers in this one: what Redis didn't bring comes from the database."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable

from channels.db import database_sync_to_async

from conversations.broadcast import events
from conversations.broadcast.hub import Hub, Watcher
from conversations.models import Message

from . import leases
from .peers import Peers, Running
from .registry import Registry

LOOK_EVERY_SECONDS = 2.0
"""Between two looks into the database at what runs elsewhere, without a connection to Redis."""


class Follower:
    def __init__(self, hub: Hub, registry: Registry, peers: Peers) -> None:
        self._hub, self._registry, self._peers = hub, registry, peers
        self._shown: dict[uuid.UUID, int] = {}
        self._looked_at = 0.0

    async def tell(self, watcher: Watcher, running: Iterable[Running]) -> bool:
        """Deliver snapshots of these replies, all of one conversation. False where some process gave none in time."""
        running = list(running)
        self._peers.followed.update((reply.message, reply) for reply in running if reply.holder != leases.HOLDER)
        for holder, conversation in {(reply.holder, reply.conversation) for reply in running}:
            if not await self._peers.ask(holder, conversation, watcher):
                return False
        return True

    def runs_here(self, message: uuid.UUID) -> None:
        """This process writes it from now on."""
        self._peers.followed.pop(message, None)

    async def tell_what_became_of(self, message: uuid.UUID) -> None:
        """Tell the watchers of this process of a reply that it wrote, until another process took it over."""
        for saved in await _loaded([message]):
            if saved.is_running and saved.lease_holder == leases.HOLDER:  # it runs here again
                return
            if saved.is_running:
                reply = Running(saved.pk, saved.conversation_id, saved.lease_holder)
                self._peers.followed[reply.message] = reply
                if await self._peers.ask(reply.holder, reply.conversation, None):
                    return
            self._tell_here(saved)

    async def follow(self, running: Iterable[Running]) -> None:
        """Tell the watchers here what the database knows and Redis didn't bring. Call it every second with what runs elsewhere."""
        followed = self._peers.followed
        now = {reply.message: reply for reply in running if self._hub.watchers_of(reply.conversation)}
        ended = [message for message in followed if message not in now and self._registry.get(message) is None]
        ends = await _loaded(ended)
        for message in ended:
            followed.pop(message, None)
        followed.update(now)
        for gone in [message for message in self._shown if message not in now]:
            del self._shown[gone]
        for saved in ends:
            if not saved.is_running:
                self._tell_here(saved)
        clock = asyncio.get_running_loop().time()
        if self._peers.connected or clock - self._looked_at < LOOK_EVERY_SECONDS:
            return
        self._looked_at = clock
        for saved in await _loaded(list(now)):
            if saved.is_running and self._shown.get(saved.pk) != saved.end:
                self._shown[saved.pk] = saved.end
                self._tell_here(saved)

    def _tell_here(self, saved: Message) -> None:
        for event in (events.snapshot_of(saved), *([] if saved.is_running else [events.finished(saved)])):
            self._hub.deliver_here(saved.conversation_id, events.encode(event))


async def _loaded(keys: list[uuid.UUID]) -> list[Message]:
    return await database_sync_to_async(lambda: list(Message.objects.filter(pk__in=keys)))() if keys else []
