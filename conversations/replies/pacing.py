"""How often a reply may send a frame: as good as at once with few replies running, wider under load.

What costs at many tokens a second is waking up for each, so a reply that has just sent a frame stops reading its
upstream until the next tick, and what arrived meanwhile is read, sent and saved as one. One timer serves all replies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

NARROWEST, WIDEST = 0.008, 0.15  # seconds
PER_REPLY = 0.0012


class Pausable(Protocol):
    def pause(self) -> None: ...
    def resume(self) -> None: ...


def window(running: int) -> float:
    """Seconds between two frames of one reply while `running` replies run."""
    return min(WIDEST, max(NARROWEST, running * PER_REPLY))


class Pacer:
    """Holds streams until the next tick of one event loop."""

    def __init__(self, running: Callable[[], int]) -> None:
        self._running = running
        self._held: list[Pausable] = []
        self._timer: asyncio.TimerHandle | None = None

    def hold(self, stream: Pausable) -> None:
        stream.pause()
        self._held.append(stream)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(window(self._running()), self._tick)

    def _tick(self) -> None:
        self._timer = None
        held, self._held = self._held, []
        for stream in held:
            stream.resume()
