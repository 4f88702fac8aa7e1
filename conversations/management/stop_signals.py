"""Signals that end the server: the first has it drain, the second has it end at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import Any


def heard() -> tuple[asyncio.Event, asyncio.Event]:
    """The first event is set by the first signal to stop, the second by the second signal, which ends the drain."""
    stop, at_once = asyncio.Event(), asyncio.Event()

    def received() -> None:
        (at_once if stop.is_set() else stop).set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup has it ignored
            asyncio.get_running_loop().add_signal_handler(number, received)
    return stop, at_once


async def unless(at_once: asyncio.Event, work: Any) -> None:
    """Do the work, or drop it when the event happens."""
    working, signalled = asyncio.ensure_future(work), asyncio.ensure_future(at_once.wait())
    await asyncio.wait([working, signalled], return_when=asyncio.FIRST_COMPLETED)
    signalled.cancel()
    if not working.done():
        working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
