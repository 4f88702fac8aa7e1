"""Waits by the event loop's turns, so that a bound of a second means the same on a busy machine."""

import asyncio
import time
from collections.abc import Callable

LONGEST_TURN_SECONDS = 0.01
"""No more is counted of a turn: in what is longer the machine did something else."""


async def until_done(done: Callable[[], bool], seconds: float = 5.0) -> float:
    """Wait until it is done; how many seconds of the event loop's that took."""
    passed, before = 0.0, time.monotonic()
    while not done():
        assert passed < seconds, f"It was not done within {seconds:g} s."
        await asyncio.sleep(0.002)
        now = time.monotonic()
        passed, before = passed + min(now - before, LONGEST_TURN_SECONDS), now
    return passed
