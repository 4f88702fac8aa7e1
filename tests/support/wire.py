"""A wire between two programs that can be cut or silenced: in front of PostgreSQL, Redis, or a server of ours."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from concurrent.futures import Future
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from .listener import Listener


class Wire:
    """Forwards bytes to `port` from a port of its own, on an event loop of its own thread."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = 0
        self._whole, self._dead = True, False
        self._open: set[asyncio.StreamWriter] = set()
        self._flowing: asyncio.Event

    @classmethod
    def to(cls, url: str) -> Wire:
        port = urlsplit(url).port
        assert port
        return cls(port)

    def url(self, original: str) -> str:
        """The address that leads through this wire."""
        parts = urlsplit(original)
        return urlunsplit(parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{self.port}")))

    def __enter__(self) -> Self:
        started: Future[None] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True)
        self._thread.start()
        started.result(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def cut(self) -> None:
        """Reset every connection, and every new one."""
        self._whole = False
        self._call(self._reset_all)

    def go_dead(self) -> None:
        """Keep every connection, but let nothing through any more, as when a cable is pulled."""
        self._dead = True
        self._call(self._flowing.clear)

    def restore(self) -> None:
        """Let everything through again. Connections that were cut stay cut; those that were silenced continue."""
        self._whole, self._dead = True, False
        self._call(self._flowing.set)

    def reset(self) -> None:
        """Break the connections of now; new ones get through."""
        self._call(self._reset_all)

    def _call(self, what: object) -> None:
        done: Future[None] = Future()

        def call() -> None:
            what()  # type: ignore[operator]
            done.set_result(None)

        self._loop.call_soon_threadsafe(call)
        done.result(5)

    def _reset_all(self) -> None:
        for writer in [*self._open]:
            _reset(writer)

    async def _serve(self, started: Future[None]) -> None:
        self._loop, self._end, self._flowing = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        self._flowing.set()
        async with Listener(self._connected, backlog=1024) as listener:
            self.port = listener.port
            started.set_result(None)
            await self._end.wait()
            self._reset_all()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        other: asyncio.StreamWriter | None = None
        try:
            if not self._whole:
                _reset(writer)
                return
            if self._dead:
                await self._flowing.wait()
            back, other = await asyncio.open_connection("127.0.0.1", self._to)
            self._open.add(other)
            await asyncio.gather(self._pass_on(reader, other), self._pass_on(back, writer))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            if other is not None:
                self._open.discard(other)
                other.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            await self._flowing.wait()
            writer.write(chunk)
            await writer.drain()
        with contextlib.suppress(OSError, RuntimeError):
            writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
