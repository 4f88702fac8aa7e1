"""`manage.py serve` that soon asks its sockets whether they are still there, and says at each SIGUSR1 what it holds.

As a `Serving`'s program: `("-m", "tests.support.impatient_serve")`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import signal
from itertools import count
from types import FrameType

PING_EVERY, PING_ANSWERED_WITHIN = 1.5, 1.4


_number = count(1)


def tell(signum: int, frame: FrameType | None) -> None:
    from conversations.processes import supervisor

    gc.collect()
    process = supervisor.current()
    watching = [watcher for topic in process.hub._watchers.values() for watcher in topic]
    # A socket has such a task while it waits for its next command, and none while it carries one out.
    waiting = "Queue.get"
    tasks = sum(task.get_coro().__qualname__ != waiting for task in asyncio.all_tasks(asyncio.get_running_loop()))  # type: ignore[union-attr]
    print("holds", next(_number), json.dumps({"watched": len(watching), "running": len(process.registry), "tasks": tasks}), flush=True)  # noqa: T201


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, tell)
    import manage

    manage._use_uvloop()
    from conversations.management import server

    server.PING_EVERY, server.PING_ANSWERED_WITHIN = PING_EVERY, PING_ANSWERED_WITHIN  # type: ignore[assignment]
    manage.main()
