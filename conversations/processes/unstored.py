"""Answers that no conversation holds, while this process writes them for programs: how many there are, and how they end with it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from conversations.providers.errors import ProviderError

GIVING_UP_SECONDS = 5.0


class Unstored(Protocol):
    """An answer, or what else a provider is asked for a program."""

    @property
    def id(self) -> uuid.UUID: ...

    @property
    def owner_id(self) -> uuid.UUID: ...

    def give_up(self, error: ProviderError) -> None:
        """End it now as a failure."""

    def settle(self) -> object:
        """Count what it took in place of what it held back. Synchronous."""


class UnstoredAnswers:
    def __init__(self) -> None:
        self._running: dict[Unstored, asyncio.Future[None]] = {}
        self._admitted: dict[uuid.UUID, uuid.UUID] = {}
        """Owners by the ids of their answers, from when these are let in, in the database's thread, until they end."""

    def __len__(self) -> int:
        return len(self._running)

    def beside(self, answer: Unstored) -> int:
        """How many others were let in for its user, and haven't ended. Safe from any thread, as the next two are."""
        owner_id = answer.owner_id
        return sum(owner == owner_id and key != answer.id for key, owner in list(self._admitted.items()))

    def admit(self, answer: Unstored) -> None:
        """Count it from now on: what is asked at the same moment is let in before any of it runs."""
        self._admitted[answer.id] = answer.owner_id

    def leave(self, answer_id: uuid.UUID) -> None:
        self._admitted.pop(answer_id, None)

    @contextmanager
    def running(self, answer: Unstored) -> Iterator[None]:
        """It runs as long as this block."""
        end = self._running[answer] = asyncio.get_running_loop().create_future()
        try:
            yield
        finally:
            del self._running[answer]
            self.leave(answer.id)
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
