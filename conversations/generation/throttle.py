"""How often a reply may send a frame: nearly at once with few running replies, less often under load.

At many tokens a second, waking up for each is what costs. So a reply that has just sent a frame stops reading its
upstream for a window (back-pressure), and what arrived meanwhile is read, sent and saved as one. One timer serves all
replies, in small groups: all at once would make each wait for all the others.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

MIN_WINDOW_SECONDS, MAX_WINDOW_SECONDS = 0.008, 0.18
WINDOW_SECONDS_PER_REPLY = 0.0015
GROUPS = 8
"""The timer fires so many times per window under load."""


class Pausable(Protocol):
    def pause(self) -> None: ...
    def resume(self) -> None: ...


def window(running: int) -> float:
    """Seconds between two frames of one reply while `running` replies run."""
    return min(MAX_WINDOW_SECONDS, max(MIN_WINDOW_SECONDS, running * WINDOW_SECONDS_PER_REPLY))


class Throttle:
    """Holds the streams of one event loop, each for a window."""

    def __init__(self, running: Callable[[], int]) -> None:
        self._running = running
        self._held: deque[tuple[float, Pausable]] = deque()  # with the time at which to resume, soonest first
        self._timer: asyncio.TimerHandle | None = None

    def hold(self, stream: Pausable) -> None:
        stream.pause()
        loop = asyncio.get_running_loop()
        due = loop.time() + window(self._running())
        self._held.append((due, stream))
        if self._timer is None:
            self._timer = loop.call_at(due, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        group_ends = loop.time() + window(self._running()) / GROUPS
        while self._held and self._held[0][0] <= group_ends:
            self._held.popleft()[1].resume()
        self._timer = loop.call_at(self._held[0][0], self._tick, loop) if self._held else None
