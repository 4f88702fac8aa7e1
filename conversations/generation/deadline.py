"""By when all steps of what a provider is asked for have to be there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import TypeVar

Step = TypeVar("Step")


class Deadline:
    """Of one event loop: so many seconds from when it begins, or at once where it is ended, also while a step is waited for."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._at = 0.0
        self._waiting: asyncio.Timeout | None = None

    def begin(self) -> None:
        """One that was ended before stays so."""
        self._at = self._at or asyncio.get_running_loop().time() + self.seconds

    def end(self) -> None:
        self._at = asyncio.get_running_loop().time()
        if self._waiting is not None:
            self._waiting.reschedule(self._at)

    async def next(self, steps: AsyncGenerator[Step]) -> Step | None:
        """The next of the steps; None where there is none. Raises TimeoutError."""
        try:
            async with asyncio.timeout_at(self._at) as self._waiting:
                return await anext(steps, None)
        finally:
            self._waiting = None
