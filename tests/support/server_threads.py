"""Servers of the tests on an event loop of their own, for tests that block."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, contextmanager


@contextmanager
def in_thread(server: AbstractAsyncContextManager[object]) -> Iterator[None]:
    """It runs until the end of the block."""
    end = asyncio.Event()
    started: Future[asyncio.AbstractEventLoop] = Future()

    async def run() -> None:
        async with server:
            started.set_result(asyncio.get_running_loop())
            await end.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    loop = started.result(10)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(10)
