"""Finds replies whose process died: their lease ran out. They go on here where the provider allows it, or are marked as interrupted."""

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

from conversations.broadcast import events
from conversations.generation import budget, token_usage
from conversations.models import Message, Status
from conversations.routing import catalog
from conversations.usage.budgets import reservations
from conversations.usage.ledger import recording
from conversations.usage.ledger.finished_attempt import FinishedAttempt
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.token_estimate import tokens_written

from . import handover, leases
from .peers import Running
from .registry import Registry
from .supervisor import Supervisor

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 1.0
TAKE_OVER_WITHIN = timedelta(minutes=10)
"""What was lost longer ago is not taken over: its user no longer waits for it, and it costs money."""
SWEEP_EVERY = timedelta(minutes=1)
"""Between two looks for what budgets still hold back for answers that are over."""
SLOW_PROCESS_GETS = timedelta(minutes=2)
"""A process that Redis knows to be there keeps its replies so long after their leases ran out."""
MAX_RUNS = 8
"""A reply that was taken up so often may be what its processes die of."""


class Lookout:
    """Looks for lost replies, and after those of other processes that have watchers in this one."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._nudged = asyncio.Event()
        self._last: datetime | None = None
        self._is_database_down = False
        self._patient_until = timezone.now()
        self._swept = timezone.now()

    def look_soon(self) -> None:
        """Another process has just left its replies to the others."""
        self._nudged.set()

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._look()
                self._is_database_down = False
            except (DatabaseError, InterfaceError) as error:
                if not self._is_database_down:
                    log.warning("Can't look for lost replies without the database: %s", error)
                self._is_database_down = True
            except Exception:
                log.exception("Looking for lost replies failed; it is tried again")
            try:
                async with asyncio.timeout(LOOK_EVERY_SECONDS):
                    await self._nudged.wait()
                self._nudged.clear()
            except TimeoutError:
                pass

    async def _look(self) -> None:
        now = timezone.now()
        found = await database_sync_to_async(_running_elsewhere)(self._supervisor.registry)
        if self._last is not None and timezone.now() - self._last > leases.DURATION / 2:
            # The database could not be reached or was slow, or the machine slept: others may not have had the time to renew their leases.
            self._patient_until = now + leases.DURATION
        self._last = timezone.now()
        if now >= self._patient_until:
            await recover(self._supervisor, [row for row in found if row.lost(now)])
        await self._supervisor.follower.follow(row.running for row in found)
        if now - self._swept > SWEEP_EVERY:
            self._swept = now
            if settled := await database_sync_to_async(reservations.sweep)():
                log.info("%s reservations of answers that are over were settled", settled)


class _Row(NamedTuple):
    running: Running
    lease_until: datetime | None

    def lost(self, now: datetime) -> bool:
        return self.lease_until is None or self.lease_until < now


def _running_elsewhere(registry: Registry, **which: object) -> list[_Row]:
    rows = Message.objects.running().filter(**which).values_list("pk", "conversation_id", "lease_holder", "lease_until")
    return [_Row(Running(*row[:3]), row[3]) for row in rows if registry.get(row[0]) is None]


async def recover(supervisor: Supervisor, lost: list[_Row]) -> None:
    """Claim lost replies: let them go on here, or mark them and tell those who watch them.

    Those of a process that Redis knows to be there are left to it for a while: it is slow, or cut off from the database, and writes on.
    """
    if not lost or supervisor.is_draining:  # a process that ends leaves them to the others
        return
    long_ago = timezone.now() - SLOW_PROCESS_GETS
    living = {holder for holder in {row.running.holder for row in lost} if await supervisor.peers.lives(holder)}
    keys = [row.running.message for row in lost if row.running.holder not in living or not row.lease_until or row.lease_until < long_ago]
    for message in await database_sync_to_async(claim)(supervisor.registry, keys):
        if message.is_running:
            supervisor.take_over(message)
            continue
        if message.status == Status.STOPPED:
            await handover.end_upstream(message)
        conversation = message.conversation
        supervisor.hub.publish(conversation.pk, events.finished(message))
        supervisor.hub.publish(conversation.owner_id, events.conversation(conversation, running=False))


def lost_in(registry: Registry, conversation: uuid.UUID) -> list[_Row]:
    """The lost replies of one conversation, for a user who has just opened it."""
    now = timezone.now()
    return [row for row in _running_elsewhere(registry, conversation=conversation) if row.lost(now)]


def claim(registry: Registry, keys: list[uuid.UUID]) -> list[Message]:
    """Claim those of these replies whose lease ran out. Each is claimed by exactly one process, which gets it returned.

    It still runs where this process is to let it go on; otherwise it has been marked as interrupted, or as stopped where
    its user had asked for that.
    """
    claimed = []
    ran_out = Q(lease_until__lt=timezone.now()) | Q(lease_until=None)
    for message in Message.objects.running().filter(ran_out, pk__in=keys).select_related("conversation", "parent", "prompt_version"):
        if registry.get(message.pk) is not None:  # it is ours and alive; only the checkpoint is late
            continue
        same = Message.objects.running().filter(
            pk=message.pk, run=message.run, lease_holder=message.lease_holder, lease_until=message.lease_until
        )
        with transaction.atomic():
            if not same.update(**_change(message)):
                continue
            message.refresh_from_db(
                fields=["run", "status", "stop_asked", "usage", "error_kind", "finished", "lease_holder", "lease_until"]
            )
            if not message.is_running:
                _count(message)
        claimed.append(message)
        log.warning(
            "Reply %s was lost by its process and %s",
            message.pk,
            "goes on here" if message.is_running else "is marked " + message.status,
        )
    return claimed


def _count(message: Message) -> None:
    """In the ledger and in budgets, in place of the attempt that died with its process: which provider it asked is not known any more."""
    if budget.settle_lost(message) or message.status != Status.INTERRUPTED:
        return
    words = tokens_written(message.length)
    lost = FinishedAttempt(started=timezone.now(), number=1, outcome="lost", duration_ms=0, model=message.model, final=True)
    lost.characters, lost.tokens, lost.estimated = message.length, Tokens(output=words), True
    attempts = recording.record([lost], reply_id=message.pk, owner_id=message.owner_id, version_id=message.prompt_version_id)
    budget.settle(message.pk, message.owner_id, attempts)


def _change(message: Message) -> dict[str, object]:
    now = timezone.now()
    if _goes_on(message, now):
        return {"run": F("run") + 1, "lease_holder": leases.HOLDER, "lease_until": leases.until()}
    # The holder keeps its name on it: should it live after all, what it really said wins (see `checkpoints`).
    usage = message.usage or token_usage.estimated(None, message.length)
    ended = {"run": F("run") + 1, "finished": now, "lease_until": None, "stop_asked": False, "usage": usage}
    if message.stop_asked:
        return {**ended, "status": Status.STOPPED}
    return {**ended, "status": Status.INTERRUPTED, "error_kind": "lost"}


def _goes_on(message: Message, now: datetime) -> bool:
    if message.stop_asked or message.run >= MAX_RUNS:
        return False
    if message.lease_until is None or now - message.lease_until > TAKE_OVER_WITHIN:
        return False
    return handover.is_possible(message.parts, message.upstream, message.model, catalog.read())
