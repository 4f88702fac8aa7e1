"""A clock that a test puts forward, in place of waiting: how long a busy machine takes is another matter."""

from __future__ import annotations

import asyncio
import time

import pytest

from conversations.providers import patience

from .scripted_openai import Gate, Hold, Stay, Step


class LoopClock:
    """That of the running event loop, and of what measures a provider's silence."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.passed = 0.0
        """Seconds, beside those that really pass."""
        for owner, name in ((asyncio.get_running_loop(), "time"), (patience, "monotonic")):
            monkeypatch.setattr(owner, name, lambda: time.monotonic() + self.passed)


class Lapse(Gate):
    """Where a stream comes to it so many seconds pass, and with them its client's patience: it was asked and has said all that it will, however
    busy the machine is.
    """

    def __init__(self, clock: LoopClock, seconds: float) -> None:
        super().__init__()
        self._clock, self._seconds = clock, seconds

    async def pass_through(self) -> None:
        self._clock.passed += self._seconds

    def before(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        """With this where they end in silence."""
        return (*steps[:-1], Hold(self), Stay()) if steps and isinstance(steps[-1], Stay) else steps
