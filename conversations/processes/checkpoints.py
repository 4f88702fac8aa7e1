"""Saves the running replies of this process at an interval, all in one transaction. Their ends are written by `completion`."""

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

INTERVAL_SECONDS = 1.0
MAX_INTERVAL_SECONDS = 3.0


async def save_periodically(replies: Iterable[Reply]) -> None:
    """Until cancelled. Where the database can't be reached, the next checkpoint tries again."""
    pause = INTERVAL_SECONDS
    while True:
        await asyncio.sleep(pause)
        began = monotonic()
        try:
            await save(replies)
            # Very long answers cost more to write: saving takes a small share of the time, but the pause stays below half a lease.
            pause = min(MAX_INTERVAL_SECONDS, max(INTERVAL_SECONDS, 10 * (monotonic() - began)))
        except DATABASE_ERRORS as error:
            log.warning("The checkpoint waits for the database: %s", error)
            pause = INTERVAL_SECONDS
        except Exception:  # without checkpoints all replies of this process would be presumed lost
            log.exception("A checkpoint failed; the next one tries again")
            pause = INTERVAL_SECONDS


async def save(replies: Iterable[Reply]) -> None:
    """Write what replies have said since the last checkpoint and renew their leases.

    Replies whose message was deleted, that a user stopped, or that another process took over are stopped.
    """
    now = timezone.now()
    running = [reply for reply in replies if not reply.is_over]  # the ends of the others are being written
    due = {reply.id: reply for reply in running if reply.unsaved or now - reply.lease_renewed > leases.RENEWED_AFTER}
    if not due:
        return
    rows = []
    for reply in due.values():
        reply.unsaved = False
        rows.append(Row.of(reply))
    try:
        verdicts = await database_sync_to_async(_write)(rows)
    except BaseException:
        for reply in due.values():
            reply.unsaved = True
        raise
    for reply in due.values():
        reply.lease_renewed = now
        match verdicts.get(reply.id):
            case None:
                pass
            case int() as run:
                log.warning("Reply %s was presumed lost while the database could not be reached, but still runs here", reply.id)
                reply.move_to(run)
                reply.unsaved = True
                reply.publish_snapshot()
            case Verdict.STOPPED | Verdict.DELETED:
                reply.stop()
            case Verdict.TAKEN_OVER:
                log.warning("Reply %s was taken over by another process", reply.id)
                reply.give_up()


class Verdict(Enum):
    """Why a row was not written."""

    STOPPED = "stopped by its user"
    DELETED = "deleted"
    TAKEN_OVER = "taken over by another process"


class Row(NamedTuple):
    """What a checkpoint writes of one reply. How it ended is written by `completion`, with its attempts."""

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


def _write(rows: list[Row]) -> dict[uuid.UUID, Verdict | int]:
    """Returns, for the rows that were not written, why; or the run in which a reply that was marked as lost continues."""
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
        return {} if cursor.rowcount == len(rows) else dict(_verdicts(rows))


def _verdicts(rows: list[Row]) -> Iterator[tuple[uuid.UUID, Verdict | int]]:
    messages = Message.objects.filter(pk__in=[row.id for row in rows])
    saved = {message.pk: message for message in messages.only("run", "stop_asked", "status", "lease_holder").select_for_update()}
    for row in rows:
        message = saved.get(row.id)
        if message is None:
            yield row.id, Verdict.DELETED
        elif message.lease_holder != leases.HOLDER or (message.run != row.run and message.is_running):
            yield row.id, Verdict.TAKEN_OVER
        elif message.stop_asked or message.status == Status.STOPPED:  # by a process that presumed it lost after a stop
            yield row.id, Verdict.STOPPED
        elif message.run != row.run:
            change = {"run": message.run + 1, "status": row.status, "error_kind": "", "finished": None, "lease_until": leases.until()}
            messages.filter(pk=row.id).update(**change)
            yield row.id, message.run + 1
