"""`manage.py serve` that pings its sockets each `PING_SECONDS`, gives requests `REQUEST_SECONDS`, and its clients `CLOSING_SECONDS` to answer a
close, where these are set. At each SIGUSR1 it prints how many sockets, replies and tasks it has. An event stream that is asked to `fail` raises
once it has begun.

As a `Serving`'s program: `("-m", "tests.support.impatient_serve")`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
from collections.abc import Awaitable, Callable
from itertools import count
from types import FrameType
from typing import Any

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


def failing(application: Any) -> Any:
    """The application, with streams that fail."""

    async def answer(scope: dict[str, Any], receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        if scope.get("query_string") != b"fail":
            return await application(scope, receive, send)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b":begun\n\n", "more_body": True})
        raise RuntimeError("That stream was asked to fail")

    return answer


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, print_counts)
    import manage

    manage._use_uvloop()
    from conversations.management import server

    server.HTTP_TIMEOUT_SECONDS = float(os.environ.get("REQUEST_SECONDS", server.HTTP_TIMEOUT_SECONDS))  # type: ignore[assignment]
    server.CLOSING_SECONDS = float(os.environ.get("CLOSING_SECONDS", server.CLOSING_SECONDS))
    if interval := float(os.environ.get("PING_SECONDS", "0")):
        server.PING_INTERVAL_SECONDS, server.PING_TIMEOUT_SECONDS = interval, interval - 0.1  # type: ignore[assignment]
    begin = server.Server.__init__
    server.Server.__init__ = lambda self, application, *args: begin(self, failing(application), *args)  # type: ignore[method-assign]
    manage.main()
