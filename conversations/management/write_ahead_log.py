"""Empties SQLite's write-ahead log now and then: what was deleted from the database would stay in it until it is overwritten."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from django.db import connection

log = logging.getLogger(__name__)

INTERVAL_SECONDS = 60.0
BUSY_SECONDS = 2.0
"""Until it is tried again where another connection reads or writes just then."""


async def keep_emptying() -> None:
    """Until cancelled. Any number of processes may do so. Returns at once where there is no such log."""
    if connection.vendor != "sqlite":
        return
    file = Path(connection.settings_dict["NAME"])
    is_empty = True
    while True:
        await asyncio.sleep(INTERVAL_SECONDS if is_empty else BUSY_SECONDS)
        try:
            is_empty = await asyncio.to_thread(empty, file)
        except sqlite3.Error as error:
            log.warning("The write-ahead log could not be emptied, which is tried again later: %s", error)


def empty(file: Path) -> bool:
    """Whether it is empty now. It doesn't wait for readers or writers: these would have to wait for it meanwhile."""
    log_file = file.with_name(f"{file.name}-wal")
    if not log_file.exists() or log_file.stat().st_size == 0:
        return True
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=0)) as database:
        busy, _, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
