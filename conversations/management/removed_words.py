"""Takes the words of what was deleted out of the search index's file: older SQLite only notes that they are gone."""

from __future__ import annotations

import asyncio
import logging

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError

from conversations.search import index

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 60.0


async def keep_erasing() -> None:
    """Look now and then, until cancelled."""
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        try:
            await database_sync_to_async(lambda: index.in_use().erase_removed())()
        except (DatabaseError, InterfaceError) as error:
            log.warning("Removed words could not be erased from the search index, which is tried again later: %s", error)
