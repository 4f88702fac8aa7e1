"""The event loop on which a job asks providers: its clients and its database connection are its own, and are closed with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asgiref.sync import ThreadSensitiveContext
from channels.db import database_sync_to_async
from django.db import connections


@asynccontextmanager
async def entered() -> AsyncIterator[None]:
    """For all that runs on it."""
    from conversations.providers import clients  # here, for the SDK takes long to load; see `serve`

    async with ThreadSensitiveContext(), clients.apart():
        try:
            yield
        finally:
            await database_sync_to_async(connections.close_all)()
