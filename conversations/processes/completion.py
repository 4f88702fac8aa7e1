"""Writes the end of a reply: its output, how its attempts ended, and what they used, in one transaction."""

from __future__ import annotations

import asyncio
import logging
import uuid
from decimal import Decimal
from functools import partial
from time import monotonic
from typing import Any, NamedTuple

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError, transaction

from conversations.broadcast.frames import Frame, conversation, finished
from conversations.database_jobs import DatabaseJobs, job_transaction
from conversations.generation import settlement
from conversations.generation.output import Part
from conversations.generation.reply import Reply
from conversations.models import RUNNING, Attempt, Message, TitleSource
from conversations.models.messages import listed
from conversations.search import entries
from conversations.usage.budgets import standing
from conversations.usage.ledger import recording
from conversations.webhooks import events

from . import leases, stored_end
from .checkpoints import DATABASE_ERRORS

log = logging.getLogger(__name__)


class Publication(NamedTuple):
    topic: uuid.UUID
    event: Frame


class Written(NamedTuple):
    publications: list[Publication]
    is_untitled: bool = True
    """As far as is known, a model may still give the conversation its title."""


async def finish(reply: Reply, max_seconds: float, database: DatabaseJobs) -> Written:
    """Write the end of a reply, trying for `max_seconds` if the database can't be reached. It is saved even where its use can't be counted.

    Returns what is to be published.
    """
    deadline, pause, parts, counted = monotonic() + max_seconds, 0.2, reply.output.parts, True
    may_be_written = False
    while True:
        try:
            if may_be_written and await database_sync_to_async(_is_written)(reply):
                return Written([])
            written = await database.do(partial(_finish, reply, parts, counted))
            reply.attempts.log.done.clear()
            return written
        except (OperationalError, InterfaceError) as error:
            if monotonic() > deadline:
                log.error("The end of reply %s could not be saved: %s", reply.id, error)
                return Written([])
            log.warning("The end of reply %s waits for the database: %s", reply.id, error)
            may_be_written = True  # where only the confirmation was lost
            await asyncio.sleep(pause)
            pause = min(5.0, pause * 2)
        except Exception:
            if not counted:
                raise
            log.exception("The end of reply %s is saved without its use, which can't be counted", reply.id)
            counted = False


async def record_attempts(reply: Reply) -> None:
    """Write the attempts that this process made at a reply which another process has taken over."""
    try:
        await database_sync_to_async(_record_attempts)(reply)
    except DATABASE_ERRORS as error:
        log.error("The attempts at reply %s are missing in the ledger: %s", reply.id, error)


@transaction.atomic
def _record_attempts(reply: Reply) -> None:
    settlement.settle(reply.id, reply.owner_id, _record(reply), over=False)


def _record(reply: Reply) -> list[Attempt]:
    return recording.record(
        reply.attempts.log.done,
        purpose=reply.purpose,
        reply_id=reply.id,
        owner_id=reply.owner_id,
        version_id=reply.version_id,
        token_id=reply.token_id,
        conversation_id=reply.conversation_id,
    )


def _is_written(reply: Reply) -> bool:
    return Attempt.objects.filter(pk__in=[attempt.id for attempt in reply.attempts.log.done]).exists()


def _dollars(reply: Reply, attempts: list[Attempt]) -> Decimal | None:
    """The reply's cost, over all its runs; None where it is unknown."""
    return recording.dollars(attempts if reply.is_first_run else Attempt.objects.filter(reply=reply.id))


def _finish(reply: Reply, parts: list[Part], counted: bool) -> Written:
    with job_transaction():
        written = _write_end(reply, parts, counted)
    if written.publications and counted:
        try:
            if warnings := standing.warnings(reply.owner_id):
                written.publications[0].event["warnings"] = warnings
        except Exception:  # the end is written and must be published
            log.exception("A budget's warning is missing after reply %s", reply.id)
    return written


def _write_end(reply: Reply, parts: list[Part], counted: bool) -> Written:
    """`counted`: its attempts are written to the ledger and counted in budgets."""
    attempts = _record(reply) if counted else []
    end = stored_end.of(reply, _dollars(reply, attempts) if counted else None, parts)
    if not stored_end.write(reply, end):
        ours = Message.objects.filter(pk=reply.id, lease_holder=leases.HOLDER)
        # A process that presumes a reply lost leaves its lease's holder as it is: then the real output wins, as a later run.
        # It doesn't where the reply has been started again since.
        marked = ours.exclude(status__in=RUNNING).values_list("run", flat=True).select_for_update().first()
        if marked is None:
            if counted:
                is_gone = not Message.objects.filter(pk=reply.id).exists()  # deleted, but its attempts cost
                settlement.settle(reply.id, reply.owner_id, attempts, over=is_gone)
            return Written([])
        end["run"] = marked + 1
        ours.update(**end)
        reply.presumed_lost = True
    if counted and reply.presumed_lost:
        settlement.forget_lost(reply.id, reply.owner_id, reply.started)
    if counted:
        settlement.settle(reply.id, reply.owner_id, attempts, over=not reply.attempts.left_to_others)
    found = listed(reply.conversation_id)
    if found is None or reply.attempts.left_to_others:
        return Written([])
    saved, is_running = found
    message = Message(pk=reply.id, conversation_id=saved.pk, owner_id=saved.owner_id, **end)  # as it is stored now, without reading it
    entries.put(message)
    if events.is_wanted(events.ANSWER_FINISHED):
        events.tell(events.ANSWER_FINISHED, _told(reply, message), None)
    ended = Publication(reply.conversation_id, finished(message))
    listing = Publication(reply.owner_id, conversation(saved, running=is_running))
    return Written([ended, listing], saved.title_source == TitleSource.WORDS)


def _told(reply: Reply, message: Message) -> dict[str, Any]:
    """What webhooks are told of its end."""
    whose = {"conversation": str(message.conversation_id), "message": str(message.pk), "user": {"id": str(message.owner_id)}}
    usage = {name: value for name, value in (message.usage or {}).items() if name.endswith("_tokens")}
    ended = {"status": message.status, "finish_reason": message.finish_reason, "error": message.error_kind, "model": message.model}
    version = {"id": str(reply.version_id)} if reply.version_id else None
    return {**whose, **ended, "usage": usage, "cost": None if message.cost is None else float(message.cost), "version": version}
