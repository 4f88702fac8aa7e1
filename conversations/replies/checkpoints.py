"""Saves what is being said: all running replies of this process in one transaction, on a beat, and the end of each at once."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Iterable
from datetime import datetime
from time import monotonic

import orjson
from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import DateTimeField, UUIDField
from django.utils import timezone

from conversations.models import Conversation, Message, Status

from . import leases
from .events import Event, conversation, finished
from .output import Part
from .reply import RunningReply

log = logging.getLogger(__name__)

Row = tuple[uuid.UUID, str, str, datetime | None]  # id, parts as JSON, status, time of the first token

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
        except DatabaseError as error:
            log.warning("The checkpoint waits, the database is away: %s", error)
            pause = BEAT


async def save(replies: Iterable[RunningReply]) -> None:
    """Write what was said since the last time and renew the leases. Replies whose message is gone are stopped."""
    now = timezone.now()
    due = [reply for reply in replies if reply.unsaved or now - reply.lease_renewed > leases.RENEWED_AFTER]
    if not due:
        return
    rows: list[Row] = []
    for reply in due:
        reply.unsaved = False
        status = Status.STREAMING if reply.output.end else Status.PENDING  # how it ended is written with all that belongs to it
        rows.append((reply.id, orjson.dumps(reply.output.parts).decode(), status.value, reply.first_token))
    try:
        missing = await database_sync_to_async(_write)(rows)
    except BaseException:
        for reply in due:
            reply.unsaved = True
        raise
    for reply in due:
        reply.lease_renewed = now
        if reply.id in missing:
            reply.stop()


def _write(rows: list[Row]) -> set[uuid.UUID]:
    """Returns the ids of messages that are not there any more, or that another process took over."""
    uuids, times = UUIDField(), DateTimeField()
    until = times.get_db_prep_value(leases.until(), connection)
    holder = uuids.get_db_prep_value(leases.HOLDER, connection)
    parts = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    sql = f"UPDATE {Message._meta.db_table} SET parts = {parts}, status = %s, first_token = %s, lease_until = %s"  # noqa: S608
    sql += " WHERE id = %s AND lease_holder = %s"
    values = [
        (text, status, times.get_db_prep_value(first, connection), until, uuids.get_db_prep_value(key, connection), holder)
        for key, text, status, first in rows
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(sql, values)
        if cursor.rowcount == len(rows):
            return set()
        keys = {key for key, *_ in rows}
        return keys - set(Message.objects.filter(pk__in=keys, lease_holder=leases.HOLDER).values_list("pk", flat=True))


async def finish(reply: RunningReply, patience: float) -> list[tuple[bool, Event]]:
    """Write the end of a reply. Tries for `patience` seconds while the database is away.

    Returns what to tell (True: to the conversation's watchers, False: to the person's).
    """
    deadline, pause, parts = monotonic() + patience, 0.2, reply.output.parts
    while True:
        try:
            return await database_sync_to_async(_finish)(reply, parts)
        except (OperationalError, InterfaceError) as error:
            if monotonic() > deadline:
                log.error("The end of reply %s could not be saved: %s", reply.id, error)
                return []
            log.warning("The end of reply %s waits, the database is away: %s", reply.id, error)
            await asyncio.sleep(pause)
            pause = min(5.0, pause * 2)


@transaction.atomic
def _finish(reply: RunningReply, parts: list[Part]) -> list[tuple[bool, Event]]:
    end = {
        "parts": parts,
        "status": reply.status,
        "model": _fitting("model", reply.model),
        "parameters": reply.parameters,
        "finish_reason": _fitting("finish_reason", reply.finish_reason),
        "error_kind": reply.error.kind if reply.error else "",
        "error_cause": reply.error.cause.replace("\x00", "\ufffd") if reply.error else "",
        "usage": reply.usage_json(),
        "started": reply.started,
        "first_token": reply.first_token,
        "finished": timezone.now(),
        "lease_holder": None,
        "lease_until": None,
    }
    message: Message | None
    # A recovering process that took us for dead keeps our lease's name: then what really was said wins.
    if Message.objects.filter(pk=reply.id, lease_holder=leases.HOLDER).update(**end):
        message = Message(pk=reply.id, conversation_id=reply.conversation_id, **end)  # so it is stored now: nobody need read it
    else:
        message = Message.objects.filter(pk=reply.id).first()
    saved = Conversation.objects.filter(pk=reply.conversation_id).first()
    if message is None or saved is None or message.is_running:
        return []
    return [(True, finished(message)), (False, conversation(saved, running=saved.has_running_reply))]


def _fitting(field: str, text: str) -> str:
    """What a provider calls things may be longer than our column, or hold what a database can't."""
    longest: int = getattr(Message._meta.get_field(field), "max_length")  # noqa: B009  (only columns of text have one)
    return text.replace("\x00", "\ufffd")[:longest]
