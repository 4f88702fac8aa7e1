"""Waits until the process of a test has nothing left to do."""

import asyncio

from conversations.processes import supervisor


async def until_idle() -> None:
    """Until no reply runs, no end is being written and no title is requested."""
    tasks = supervisor.current()._tasks
    while tasks:
        await asyncio.wait(tasks, timeout=5)


async def stop_all() -> None:
    for reply in supervisor.current().registry:
        reply.stop()
    await until_idle()
