"""Short tasks that nothing waits for, except the end of the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from conversations.process_cache import kept

LONGEST_END_SECONDS = 5.0

_tasks: set[asyncio.Task[None]] = kept(set())


def start(work: Coroutine[Any, Any, None]) -> None:
    """Do this now, beside everything else. It must not raise."""
    task = asyncio.create_task(work)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def end() -> None:
    """Let those of the running event loop finish for LONGEST_END_SECONDS: a test of a provider runs in a loop of its own."""
    loop = asyncio.get_running_loop()
    if tasks := {task for task in list(_tasks) if task.get_loop() is loop}:
        _, late = await asyncio.wait(tasks, timeout=LONGEST_END_SECONDS)
        for task in late:
            task.cancel()
