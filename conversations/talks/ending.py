"""How a talk ends: its page goes, or nothing is awaited of it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")


class Over(Exception):
    """Nothing is awaited any more. `code` is for the page's script, `detail` a sentence for the user."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


class Ending:
    """Ends what waits for the provider, and nothing that is being saved."""

    def __init__(self) -> None:
        self.has_come = False
        self._waiting: asyncio.Future[Any] | None = None

    def come(self) -> None:
        """The page is gone, or doesn't want to talk any more."""
        self.has_come = True
        if self._waiting is not None:
            self._waiting.cancel()

    async def unless(self, waiting: Awaitable[T]) -> T:
        """What is awaited, unless this comes first: then raises Over."""
        if self.has_come:
            if asyncio.iscoroutine(waiting):
                waiting.close()
            raise Over("left", "")
        self._waiting = awaited = asyncio.ensure_future(waiting)
        try:
            return await awaited
        except asyncio.CancelledError:
            if self.has_come and awaited.cancelled():
                raise Over("left", "") from None
            raise
        finally:
            awaited.cancel()
            self._waiting = None
