"""Finds replies whose process died: their lease expired. They are taken over where the provider allows it, or marked as interrupted."""

from __future__ import annotations

import asyncio
import logging
import uuid
from datetime import datetime, timedelta
from typing import NamedTuple

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import F, Q
from django.utils import timezone

from conversations.broadcast import frames
from conversations.generation import pictures, settlement
from conversations.generation.tally import Tally
from conversations.models import Message, Status
from conversations.providers import finish_reasons
from conversations.routing import catalog
from conversations.search import entries
from conversations.usage.budgets import sweeping

from . import handover, leases, spoken_words
from .peers import RemoteReply
from .registry import Registry
from .supervisor import Supervisor

log = logging.getLogger(__name__)

MAX_AGE = timedelta(minutes=10)
"""A reply that was lost longer ago is not taken over: its user no longer waits for it, and it would cost money."""
SWEEP_INTERVAL = timedelta(minutes=1)
"""How often reservations of answers that are over are settled."""
SLOW_PROCESS_GRACE = timedelta(minutes=2)
"""A process that is still connected to Redis keeps its replies so long after their leases expired."""
_CHANGED = ("run", "losses", "status", "stop_asked", "usage", "finish_reason", "error_kind", "finished", "lease_holder", "lease_until")
MAX_LOSSES = 1
"""A reply that has been lost so often isn't taken over any more: it may be the reason why its processes die, or don't answer."""


class RecoveryLoop:
    """Searches for lost replies, and follows those of other processes that have watchers in this one."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._search_requested = asyncio.Event()
        self._last_search: datetime | None = None
        self._is_database_down = False
        self._grace_until = timezone.now()
        self._swept = timezone.now()

    def search_now(self) -> None:
        """Another process has just handed over its replies."""
        self._search_requested.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._search()
                self._is_database_down = False
            except (DatabaseError, InterfaceError) as error:
                if not self._is_database_down:
                    log.warning("Can't search for lost replies without the database: %s", error)
                self._is_database_down = True
            except Exception:
                log.exception("The search for lost replies failed; the next one tries again")
            try:
                async with asyncio.timeout(leases.SEARCH_INTERVAL_SECONDS):
                    await self._search_requested.wait()
                self._search_requested.clear()
            except TimeoutError:
                pass

    async def _search(self) -> None:
        now = timezone.now()
        found = await database_sync_to_async(_running_in_others)(self._supervisor.registry)
        if self._last_search is not None and timezone.now() - self._last_search > leases.DURATION / 2:
            # The database could not be reached or was slow, or the machine slept: others may not have had the time to renew theirs.
            self._grace_until = now + leases.DURATION
        self._last_search = timezone.now()
        if now >= self._grace_until:
            await recover(self._supervisor, [row for row in found if row.is_lost(now)])
        await self._supervisor.follower.follow(row.reply for row in found)
        if now - self._swept > SWEEP_INTERVAL:
            self._swept = now
            if settled := await database_sync_to_async(sweeping.sweep)():
                log.info("%s reservations of answers that are over were settled", settled)


class _Row(NamedTuple):
    reply: RemoteReply
    lease_until: datetime | None

    def is_lost(self, now: datetime) -> bool:
        return self.lease_until is None or self.lease_until < now


def _running_in_others(registry: Registry, **conditions: object) -> list[_Row]:
    rows = Message.objects.running().filter(**conditions).values_list("pk", "conversation_id", "lease_holder", "lease_until")
    return [_Row(RemoteReply(*row[:3]), row[3]) for row in rows if registry.get(row[0]) is None]


async def recover(supervisor: Supervisor, lost: list[_Row]) -> None:
    """Claim lost replies: take them over, or mark them and notify their watchers.

    A process that is still connected to Redis keeps its replies for a while: it is slow, or cut off from the database, and still runs them.
    """
    if not lost or supervisor.is_draining:  # a draining process leaves them to the others
        return
    grace_began = timezone.now() - SLOW_PROCESS_GRACE
    alive = {holder for holder in {row.reply.holder for row in lost} if await supervisor.peers.presence.is_alive(holder)}
    keys = [row.reply.message for row in lost if row.reply.holder not in alive or not row.lease_until or row.lease_until < grace_began]
    claimed = await database_sync_to_async(claim)(supervisor.registry, keys)
    over = [message for message in claimed if not message.is_running]
    for message in claimed:
        if message.is_running:  # first: they are this process's now, whatever goes wrong with the others
            supervisor.take_over(message)
    for message in over:
        if message.status == Status.STOPPED:
            await handover.end_upstream(message)
        conversation = message.conversation
        if message.is_spoken and (given_up := await database_sync_to_async(spoken_words.give_up)(message)) is not None:
            supervisor.hub.publish(conversation.pk, given_up)
        supervisor.hub.publish(conversation.pk, frames.finished(message))
        supervisor.hub.publish(conversation.owner_id, frames.conversation(conversation, running=False))


def lost_in(registry: Registry, conversation: uuid.UUID) -> list[_Row]:
    """The lost replies of one conversation, which a user has just opened."""
    now = timezone.now()
    return [row for row in _running_in_others(registry, conversation=conversation) if row.is_lost(now)]


def claim(registry: Registry, keys: list[uuid.UUID]) -> list[Message]:
    """Claim those of these replies whose lease has expired. Each is claimed by exactly one process, to which it is returned.

    It still runs where this process is to take it over; otherwise it has been marked as interrupted, or as stopped where
    its user had requested that.
    """
    claimed = []
    has_expired = Q(lease_until__lt=timezone.now()) | Q(lease_until=None)
    for message in Message.objects.running().filter(has_expired, pk__in=keys).select_related("conversation", "parent", "prompt_version"):
        if registry.get(message.pk) is not None:  # it runs here; only the checkpoint is late
            continue
        unchanged = Message.objects.running().filter(
            pk=message.pk, run=message.run, lease_holder=message.lease_holder, lease_until=message.lease_until
        )
        with transaction.atomic():
            if not unchanged.update(**_change(message)):
                continue
            message.refresh_from_db(fields=_CHANGED)
            if not message.is_running:
                earlier = message.length - settlement.settle_lost(message)
                message.usage = Tally(message.usage, earlier).total(None, message.length)
                message.save(update_fields=["usage"])
                entries.put(message)
        claimed.append(message)
        log.warning(
            "Reply %s was lost by its process and %s",
            message.pk,
            "is taken over" if message.is_running else "is marked " + message.status,
        )
    return claimed


def _change(message: Message) -> dict[str, object]:
    now = timezone.now()
    is_handed_over = message.lease_holder is None
    lost_before = 0 if is_handed_over else message.losses
    claimed = {"run": F("run") + 1, "losses": F("losses") + (0 if is_handed_over else 1)}
    if lost_before < MAX_LOSSES and _can_be_taken_over(message, now):
        return {**claimed, "lease_holder": leases.HOLDER, "lease_until": leases.until()}
    # The lease's holder stays: if it runs after all, its real output wins (see `checkpoints`).
    ended = {**claimed, "finished": now, "lease_until": None, "stop_asked": False}
    if message.stop_asked:
        return {**ended, "status": Status.STOPPED}
    if pictures.are_all_made(message):
        return {**ended, "status": Status.COMPLETE, "finish_reason": finish_reasons.STOP}
    return {**ended, "status": Status.INTERRUPTED, "error_kind": "lost_again" if lost_before else "lost"}


def _can_be_taken_over(message: Message, now: datetime) -> bool:
    if message.stop_asked or message.lease_until is None or now - message.lease_until > MAX_AGE:
        return False
    if message.is_spoken or pictures.is_wished(message):  # only its own talk is heard; a picture would be paid for again
        return False
    return handover.is_possible(message.parts, message.upstream, message.model, catalog.read())
