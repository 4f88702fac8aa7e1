"""`manage.py serve` that pings its sockets often and gives requests little time. At each SIGUSR1 it prints how many sockets, replies and
tasks it has.

As a `Serving`'s program: `("-m", "tests.support.impatient_serve")`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import signal
from itertools import count
from types import FrameType

PING_INTERVAL_SECONDS, PING_TIMEOUT_SECONDS = 1.5, 1.4
HTTP_TIMEOUT_SECONDS = 1.5


_number = count(1)


def print_counts(signum: int, frame: FrameType | None) -> None:
    from conversations.processes import supervisor

    gc.collect()
    process = supervisor.current()
    watching = [watcher for topic in process.hub._watchers.values() for watcher in topic]
    # A socket has such a task while it waits for its next command, and none while it carries one out.
    waiting = "Queue.get"
    tasks = sum(task.get_coro().__qualname__ != waiting for task in asyncio.all_tasks(asyncio.get_running_loop()))  # type: ignore[union-attr]
    print("holds", next(_number), json.dumps({"watched": len(watching), "running": len(process.registry), "tasks": tasks}), flush=True)  # noqa: T201


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, print_counts)
    import manage

    manage._use_uvloop()
    from conversations.management import server

    server.HTTP_TIMEOUT_SECONDS = HTTP_TIMEOUT_SECONDS  # type: ignore[assignment]
    server.PING_INTERVAL_SECONDS, server.PING_TIMEOUT_SECONDS = PING_INTERVAL_SECONDS, PING_TIMEOUT_SECONDS  # type: ignore[assignment]
    manage.main()
