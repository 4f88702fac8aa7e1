"""A sound is made by one process at a time, so that it is paid for once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError

from . import kept_sounds

RENEWED_SECONDS = 3.0
"""A claim is renewed so often, well before it runs out."""
LOOK_SECONDS = 0.25
"""Between two looks whether another is done with a sound."""


@asynccontextmanager
async def claimed(key: str) -> AsyncIterator[None]:
    """Wait until no other process, and no other user here, has it made."""
    while (until := await database_sync_to_async(kept_sounds.claim)(key)) is None:  # noqa: ASYNC110  (another process sets no event)
        await asyncio.sleep(LOOK_SECONDS)
    is_over = asyncio.Event()
    renewing = asyncio.create_task(_renew(key, until, is_over))
    try:
        yield
    finally:
        is_over.set()
        await database_sync_to_async(kept_sounds.release)(key, await renewing)


async def _renew(key: str, until: datetime, is_over: asyncio.Event) -> datetime:
    """Claim it while it is being made. Returns until when it was claimed last."""
    while True:
        try:
            async with asyncio.timeout(RENEWED_SECONDS):
                await is_over.wait()
            return until
        except TimeoutError:
            with suppress(DatabaseError, InterfaceError):
                until = await database_sync_to_async(kept_sounds.renew)(key, until) or until
