"""Listens on a port of this machine, and leaves no connection open at its end, not even one that was just made."""

from __future__ import annotations

import asyncio
import ssl
import weakref
from collections.abc import Awaitable, Callable
from typing import Self

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Listener:
    """Calls `serve` for each connection in a task of its own, and closes the connection behind it. At its end, nothing is served any more."""

    def __init__(self, serve: Serve, port: int = 0, *, backlog: int = 100, tls: ssl.SSLContext | None = None) -> None:
        self.port = port
        self._serve, self._backlog, self._tls = serve, backlog, tls
        self._tasks: set[asyncio.Task[None]] = set()
        self._open: weakref.WeakSet[asyncio.StreamWriter] = weakref.WeakSet()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, backlog=self._backlog, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        # Python 3.11 forgets a connection whose server is closed between its accept and its transport: let it have that first.
        for listening in self._server.sockets:
            asyncio.get_running_loop().remove_reader(listening.fileno())
        while accepting := {task for task in asyncio.all_tasks() if getattr(task.get_coro(), "__name__", "") == "_accept_connection2"}:
            await asyncio.wait(accepting)
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in [*self._open]:
            writer.transport.abort()
        await asyncio.sleep(0)  # in which a transport closes its socket

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def serve() -> None:
            try:
                await self._serve(reader, writer)
            finally:
                writer.close()  # at once: a client would take a connection for one that lasts

        def ended(task: asyncio.Task[None]) -> None:  # one that is cancelled before it begins has no “finally”
            self._tasks.discard(task)
            writer.close()

        task = asyncio.create_task(serve())
        self._open.add(writer)
        self._tasks.add(task)
        task.add_done_callback(ended)
