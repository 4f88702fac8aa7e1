"""Saves what is being said: all running replies of this process in one transaction, on a beat, and the end of each at once."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from enum import Enum
from time import monotonic
from typing import NamedTuple

import orjson
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import DateTimeField, UUIDField
from django.utils import timezone

from conversations.broadcast import hub
from conversations.broadcast.events import Event, conversation, finished
from conversations.generation import budget
from conversations.generation.output import Part
from conversations.generation.reply import RunningReply
from conversations.models import RUNNING, Attempt, Conversation, Message, Status
from conversations.models.storable import fitting
from conversations.usage.budgets import standing
from conversations.usage.ledger import recording

from . import leases

log = logging.getLogger(__name__)

AWAY = (DatabaseError, InterfaceError)
"""What Django raises while the database is away, or when a statement fails in it."""

BEAT = 1.0
"""Seconds between two checkpoints."""
LONGEST_PAUSE = 3.0


async def beat(replies: Iterable[RunningReply]) -> None:
    """Save on every beat, until cancelled. A database that is away is tried again on the next beat."""
    pause = BEAT
    while True:
        await asyncio.sleep(pause)
        began = monotonic()
        try:
            await save(replies)
            # Very long answers cost more to write: saving takes a small share of the time, but never waits for half a lease.
            pause = min(LONGEST_PAUSE, max(BEAT, 10 * (monotonic() - began)))
        except AWAY as error:
            log.warning("The checkpoint waits, the database is away: %s", error)
            pause = BEAT
        except Exception:  # without a beat all replies of this process would be taken for lost
            log.exception("A checkpoint failed; it is tried again")
            pause = BEAT


async def save(replies: Iterable[RunningReply]) -> None:
    """Write what was said since the last time and renew the leases.

    Replies whose message is gone, that were asked to stop, or that another process took over are stopped.
    """
    now = timezone.now()
    running = [reply for reply in replies if not reply.is_over]  # the others' ends are being written
    due = {reply.id: reply for reply in running if reply.unsaved or now - reply.lease_renewed > leases.RENEWED_AFTER}
    if not due:
        return
    rows = []
    for reply in due.values():
        reply.unsaved = False
        rows.append(Row.of(reply))
    try:
        answers = await database_sync_to_async(_write)(rows)
    except BaseException:
        for reply in due.values():
            reply.unsaved = True
        raise
    for reply in due.values():
        reply.lease_renewed = now
        match answers.get(reply.id):
            case None:
                pass
            case int() as run:
                log.warning("Reply %s was taken for dead while the database was away; it lives", reply.id)
                reply.move_to(run)
                reply.unsaved = True
                hub.publish(reply.conversation_id, reply.snapshot())
            case Word.STOP | Word.GONE:
                reply.stop()
            case Word.TAKEN:
                log.warning("Reply %s goes on in another process", reply.id)
                reply.give_up()


class Word(Enum):
    """What a row says to the process that wants to write it."""

    STOP = "stop"
    GONE = "gone"
    TAKEN = "taken over by another process"


class Row(NamedTuple):
    """What a checkpoint writes of one reply: how it ended is written with all that belongs to it."""

    id: uuid.UUID
    run: int
    parts: str
    status: str
    first_token: datetime | None
    upstream: str | None

    @classmethod
    def of(cls, reply: RunningReply) -> Row:
        status = Status.STREAMING if reply.output.length else Status.PENDING
        upstream = orjson.dumps(reply.upstream).decode() if reply.upstream else None
        return cls(reply.id, reply.run, orjson.dumps(reply.output.parts).decode(), status.value, reply.first_token, upstream)


def _write(rows: list[Row]) -> dict[uuid.UUID, Word | int]:
    """Returns what stands in the way of some: a word, or the run in which a reply that was marked as lost lives on."""
    uuids, times = UUIDField(), DateTimeField()
    until = times.get_db_prep_value(leases.until(), connection)
    holder = uuids.get_db_prep_value(leases.HOLDER, connection)
    json = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    sql = f"UPDATE {Message._meta.db_table} SET parts = {json}, status = %s, first_token = %s, upstream = {json}, lease_until = %s"  # noqa: S608
    sql += " WHERE id = %s AND lease_holder = %s AND run = %s AND NOT stop_asked"
    values = [
        (
            row.parts,
            row.status,
            times.get_db_prep_value(row.first_token, connection),
            row.upstream,
            until,
            uuids.get_db_prep_value(row.id, connection),
            holder,
            row.run,
        )
        for row in rows
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(sql, values)
        return {} if cursor.rowcount == len(rows) else dict(_answers(rows))


def _answers(rows: list[Row]) -> Iterator[tuple[uuid.UUID, Word | int]]:
    those = Message.objects.filter(pk__in=[row.id for row in rows])
    saved = {message.pk: message for message in those.only("run", "stop_asked", "status", "lease_holder").select_for_update()}
    for row in rows:
        message = saved.get(row.id)
        if message is None:
            yield row.id, Word.GONE
        elif message.lease_holder != leases.HOLDER or (message.run != row.run and message.is_running):
            yield row.id, Word.TAKEN
        elif message.stop_asked or message.status == Status.STOPPED:  # by whoever found it lost after a stop
            yield row.id, Word.STOP
        elif message.run != row.run:
            change = {"run": message.run + 1, "status": row.status, "error_kind": "", "finished": None, "lease_until": leases.until()}
            those.filter(pk=row.id).update(**change)
            yield row.id, message.run + 1


async def finish(reply: RunningReply, patience: float) -> list[tuple[bool, Event]]:
    """Write the end of a reply. Tries for `patience` seconds while the database is away. It is saved even where it can't be counted.

    Returns what to tell (True: to the conversation's watchers, False: to the person's).
    """
    deadline, pause, parts, counted = monotonic() + patience, 0.2, reply.output.parts, True
    doubtful = False
    while True:
        try:
            if doubtful and await database_sync_to_async(_is_written)(reply):
                return []
            news = await database_sync_to_async(_finish)(reply, parts, counted)
            reply.tries.clear()
            return news
        except (OperationalError, InterfaceError) as error:
            if monotonic() > deadline:
                log.error("The end of reply %s could not be saved: %s", reply.id, error)
                return []
            log.warning("The end of reply %s waits, the database is away: %s", reply.id, error)
            doubtful = True  # it may have been written all the same, and only the word of it was lost
            await asyncio.sleep(pause)
            pause = min(5.0, pause * 2)
        except Exception:
            if not counted:
                raise
            log.exception("The end of reply %s is saved without what it took, which can't be counted", reply.id)
            counted = False


async def record_tries(reply: RunningReply) -> None:
    """Of a reply that another process has taken over: what was tried here."""
    try:
        await database_sync_to_async(_record_tries)(reply)
    except AWAY as error:
        log.error("What was tried for reply %s could not be written down: %s", reply.id, error)


@transaction.atomic
def _record_tries(reply: RunningReply) -> None:
    budget.settle(reply.id, reply.owner_id, _record(reply), over=False)


def _record(reply: RunningReply) -> list[Attempt]:
    return recording.record(reply.tries, reply_id=reply.id, owner_id=reply.owner_id, version_id=reply.version_id)


def _is_written(reply: RunningReply) -> bool:
    return Attempt.objects.filter(pk__in=[one.id for one in reply.tries]).exists()


def _dollars(reply: RunningReply, attempts: list[Attempt]) -> Decimal | None:
    """The reply's cost, over all its goes; None where it is unknown."""
    return recording.dollars(attempts if reply.is_first_go else Attempt.objects.filter(reply=reply.id))


def _finish(reply: RunningReply, parts: list[Part], counted: bool) -> list[tuple[bool, Event]]:
    news = _write_end(reply, parts, counted)
    if news and counted:
        try:
            if warnings := standing.warnings(reply.owner_id):
                news[0][1]["warnings"] = warnings
        except Exception:  # the end is written, and is to be told
            log.exception("Nobody can be warned of their budget after reply %s", reply.id)
    return news


@transaction.atomic
def _write_end(reply: RunningReply, parts: list[Part], counted: bool) -> list[tuple[bool, Event]]:
    """`counted`: with its tries, in the ledger and in budgets."""
    attempts = _record(reply) if counted else []
    end = {
        "parts": parts,
        "status": reply.status,
        "run": reply.run,
        "model": _fitting("model", reply.model),
        "parameters": reply.parameters,
        "finish_reason": _fitting("finish_reason", reply.finish_reason),
        "error_kind": reply.error.kind if reply.error else "",
        "error_cause": fitting(reply.error.cause) if reply.error else "",
        "retry_at": reply.retry_at,
        "usage": reply.usage_json,
        "cost": _dollars(reply, attempts) if counted else None,
        "upstream": reply.upstream,
        "stop_asked": False,
        "started": reply.started,
        "first_token": reply.first_token,
        "finished": timezone.now(),
        "lease_holder": None,
        "lease_until": None,
    }
    if reply.left_to_others:
        end |= {"finished": None, "lease_holder": leases.HOLDER, "lease_until": timezone.now()}
    ours = Message.objects.filter(pk=reply.id, lease_holder=leases.HOLDER)
    if not ours.filter(run=reply.run).update(**end):
        # A recovering process that took us for dead keeps our lease's name: then what really was said wins, as a later run.
        # Where the reply runs again since, it doesn't any more.
        marked = ours.exclude(status__in=RUNNING).values_list("run", flat=True).select_for_update().first()
        if marked is None:
            if counted:
                is_gone = not Message.objects.filter(pk=reply.id).exists()  # deleted, but paid for
                budget.settle(reply.id, reply.owner_id, attempts, over=is_gone)
            return []
        end["run"] = marked + 1
        ours.update(**end)
        reply.believed_dead = True
    if counted and reply.believed_dead:
        budget.forget_lost(reply.id, reply.owner_id, reply.started)
    if counted:
        budget.settle(reply.id, reply.owner_id, attempts, over=not reply.left_to_others)
    saved = Conversation.objects.filter(pk=reply.conversation_id).first()
    if saved is None or reply.left_to_others:
        return []
    message = Message(pk=reply.id, conversation_id=reply.conversation_id, **end)  # so it is stored now: nobody need read it
    return [(True, finished(message)), (False, conversation(saved, running=saved.has_running_reply))]


def _fitting(field: str, text: str) -> str:
    """What a provider calls things may be longer than our column, or hold what a database can't."""
    longest: int = getattr(Message._meta.get_field(field), "max_length")  # noqa: B009  (only columns of text have one)
    return fitting(text, longest)
