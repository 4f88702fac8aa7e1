"""What a run may still cost: the most that a request may take is held back before it is made, so that its cap is never exceeded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from conversations.models import NANO
from conversations.usage.budgets.estimate import Estimate
from conversations.usage.budgets.reservations import LEAST_OUTPUT_TOKENS
from conversations.usage.budgets.used import Used


class CapReached(Exception):
    """Another request could exceed the cap."""


@dataclass(eq=False)
class Held:
    """`max_tokens`: how long the answer may get; None where its price isn't known, so that nothing is held back. `cost`: what it took."""

    most: int = 0
    max_tokens: int | None = None
    cost: int | None = None


class Funds:
    """Of one event loop. `cap` and `spent` are nanodollars."""

    def __init__(self, cap: int, spent: int = 0) -> None:
        self._cap, self._spent = cap, spent
        self._held: list[Held] = []
        self._one_ended = asyncio.Condition()

    @asynccontextmanager
    async def held(self, estimate: Estimate) -> AsyncIterator[Held]:
        """Waits while others hold what it needs, for they will likely take less. Raises CapReached.

        Where all that is left is less than the longest answer could take, the answer may get only so long.
        """
        held = Held()
        if estimate.is_priced:
            async with self._one_ended:
                await self._one_ended.wait_for(lambda: self._room(estimate) >= estimate.output_tokens or not self._held)
                held.max_tokens = min(estimate.output_tokens, self._room(estimate))
                if held.max_tokens < min(LEAST_OUTPUT_TOKENS, estimate.output_tokens):
                    raise CapReached(f"Another answer could exceed the cap of ${self._cap / NANO:,.2f}.")
                held.most = estimate.most(held.max_tokens).cost
                self._held.append(held)
        try:
            yield held
        finally:
            self._spent += held.cost or 0
            if held in self._held:
                async with self._one_ended:
                    self._held.remove(held)
                    self._one_ended.notify_all()

    def _room(self, estimate: Estimate) -> int:
        """How many tokens the answer may have."""
        left = self._cap - self._spent - sum(one.most for one in self._held)
        return estimate.fitting(Used(left, 0), cost=True, tokens=False)
