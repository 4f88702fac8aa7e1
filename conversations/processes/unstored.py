"""Answers that no conversation holds, while this process writes them for programs: how many there are, and how they end with it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from conversations.generation.unstored_answer import UnstoredAnswer
from conversations.providers.errors import ProviderError

GIVING_UP_SECONDS = 5.0


class UnstoredAnswers:
    def __init__(self) -> None:
        self._running: dict[UnstoredAnswer, asyncio.Future[None]] = {}

    def __len__(self) -> int:
        return len(self._running)

    def of_owner(self, owner_id: uuid.UUID) -> int:
        """How many run for this user. Safe from any thread."""
        return sum(answer.reply.owner_id == owner_id for answer in list(self._running))

    @contextmanager
    def running(self, answer: UnstoredAnswer) -> Iterator[None]:
        """It runs as long as this block."""
        end = self._running[answer] = asyncio.get_running_loop().create_future()
        try:
            yield
        finally:
            del self._running[answer]
            if not end.done():
                end.set_result(None)

    async def until_done(self, seconds: float) -> None:
        if self._running:
            await asyncio.wait(self._running.values(), timeout=seconds)

    async def give_up(self) -> None:
        """End those that still run, as their callers are told: nothing can go on with them."""
        for answer in list(self._running):
            answer.give_up(ProviderError("lost", "The server was stopped."))
        await self.until_done(GIVING_UP_SECONDS)
