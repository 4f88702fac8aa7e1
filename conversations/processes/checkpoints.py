"""Saves running replies: all of this process in one transaction, on a beat. Their ends are written by `completion`."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import Enum
from time import monotonic
from typing import NamedTuple

import orjson
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import DateTimeField, UUIDField
from django.utils import timezone

from conversations.generation.reply import Reply
from conversations.models import Message, Status

from . import leases

log = logging.getLogger(__name__)

DATABASE_ERRORS = (DatabaseError, InterfaceError)
"""What Django raises while the database can't be reached, or when a statement fails in it."""

BEAT_SECONDS = 1.0
MAX_BEAT_SECONDS = 3.0


async def beat(replies: Iterable[Reply]) -> None:
    """Save on every beat, until cancelled. A database that can't be reached is tried again on the next beat."""
    pause = BEAT_SECONDS
    while True:
        await asyncio.sleep(pause)
        began = monotonic()
        try:
            await save(replies)
            # Very long answers cost more to write: saving takes a small share of the time, but never waits for half a lease.
            pause = min(MAX_BEAT_SECONDS, max(BEAT_SECONDS, 10 * (monotonic() - began)))
        except DATABASE_ERRORS as error:
            log.warning("The checkpoint waits for the database: %s", error)
            pause = BEAT_SECONDS
        except Exception:  # without a beat all replies of this process would be taken for lost
            log.exception("A checkpoint failed; it is tried again")
            pause = BEAT_SECONDS


async def save(replies: Iterable[Reply]) -> None:
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
                log.warning("Reply %s was taken for dead while the database could not be reached; it lives", reply.id)
                reply.move_to(run)
                reply.unsaved = True
                reply.publish_snapshot()
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
    def of(cls, reply: Reply) -> Row:
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
        elif message.stop_asked or message.status == Status.STOPPED:  # by the process that found it lost after a stop
            yield row.id, Word.STOP
        elif message.run != row.run:
            change = {"run": message.run + 1, "status": row.status, "error_kind": "", "finished": None, "lease_until": leases.until()}
            those.filter(pk=row.id).update(**change)
            yield row.id, message.run + 1
