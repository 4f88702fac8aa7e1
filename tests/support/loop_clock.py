"""A clock that a test puts forward, in place of waiting: how long a busy machine takes is another matter."""

from __future__ import annotations

import asyncio
import time

import pytest

from conversations.providers import patience


class LoopClock:
    """That of the running event loop, and of what measures a provider's silence."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.passed = 0.0
        """Seconds, beside those that really pass."""
        for owner, name in ((asyncio.get_running_loop(), "time"), (patience, "monotonic")):
            monkeypatch.setattr(owner, name, lambda: time.monotonic() + self.passed)
