"""Finds replies whose process died: their lease ran out. What was saved of them stays, and they can be continued."""

from __future__ import annotations

import asyncio
import logging

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from conversations.models import Message, Status

from . import events, running, watchers

log = logging.getLogger(__name__)

EVERY = 3.0
"""Seconds between two looks."""


async def watch() -> None:
    """Look for lost replies until cancelled."""
    while True:
        try:
            await tell_of_lost()
        except (DatabaseError, InterfaceError) as error:
            log.warning("Can't look for lost replies, the database is away: %s", error)
        except Exception:
            log.exception("Looking for lost replies failed; it is tried again")
        await asyncio.sleep(EVERY)


async def tell_of_lost() -> None:
    """Mark lost replies, and tell those who watch them."""
    for message in await database_sync_to_async(mark_lost)():
        conversation = message.conversation
        watchers.publish(conversation.pk, events.finished(message))
        watchers.publish(conversation.owner_id, events.conversation(conversation, running=False))


def mark_lost() -> list[Message]:
    """Mark replies whose lease ran out as interrupted. Each is claimed by exactly one process, which gets it returned."""
    now = timezone.now()
    lost = Message.objects.running().filter(lease_until__lt=now)
    claimed = []
    for key in list(lost.values_list("pk", flat=True)):
        if running.get(key) is not None:  # it is ours and alive; only the checkpoint is late
            continue
        change = {"status": Status.INTERRUPTED, "error_kind": "interrupted", "finished": now, "lease_until": None}
        if lost.filter(pk=key).update(**change) and (message := Message.objects.select_related("conversation").filter(pk=key).first()):
            claimed.append(message)
            log.warning("Reply %s was lost by its process and is marked interrupted", key)
    return claimed
