"""Looks again and again whether the session of a connection still stands: it may run out, or end in another process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from django.db import DatabaseError, InterfaceError

log = logging.getLogger(__name__)

SESSION_CHECK_SECONDS = 120.0


class SessionCheck:
    """Of one connection. `is_signed_in` asks the database, `signed_out` closes the connection."""

    def __init__(self, is_signed_in: Callable[[], Awaitable[bool]], signed_out: Callable[[], Awaitable[None]]) -> None:
        self._is_signed_in, self._signed_out = is_signed_in, signed_out
        self._next: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None  # the event loop itself holds tasks only weakly
        self._ended = False

    def later(self) -> None:
        """The session was checked a moment ago."""
        self._cancel()
        if not self._ended:
            self._next = asyncio.get_running_loop().call_later(SESSION_CHECK_SECONDS, self.now)

    def now(self) -> None:
        """Something may have happened to it."""
        self._cancel()
        self._task = asyncio.ensure_future(self._check())

    def end(self) -> None:
        self._ended = True
        self._cancel()

    def _cancel(self) -> None:
        if self._next is not None:
            self._next.cancel()

    async def _check(self) -> None:
        try:
            if not await self._is_signed_in():
                await self._signed_out()
                return
        except (DatabaseError, InterfaceError) as error:
            log.warning("Can't check a session without the database: %s", error)
        self.later()
