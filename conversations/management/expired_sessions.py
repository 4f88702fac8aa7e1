"""Deletes sessions that have expired: Django leaves them in the database."""

from __future__ import annotations

import asyncio
import logging

from channels.db import database_sync_to_async
from django.contrib.sessions.models import Session
from django.db import DatabaseError, InterfaceError
from django.utils import timezone

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 6 * 3600.0
BATCH_SIZE = 500
"""So that no transaction is long: SQLite has one writer."""


async def keep_deleting() -> None:
    """Look now and then, until cancelled. Any number of processes may do so."""
    while True:
        try:
            while await database_sync_to_async(delete_some)() == BATCH_SIZE:
                pass
        except (DatabaseError, InterfaceError) as error:
            log.warning("Expired sessions could not be deleted, which is tried again later: %s", error)
        await asyncio.sleep(INTERVAL_SECONDS)


def delete_some() -> int:
    """Returns how many there were, at most a batch."""
    keys = list(Session.objects.filter(expire_date__lt=timezone.now()).values_list("pk", flat=True)[:BATCH_SIZE])
    Session.objects.filter(pk__in=keys).delete()
    return len(keys)
