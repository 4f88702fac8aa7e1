"""A program that asks the API for one streamed answer: what it reads, and the delay of each token."""

from __future__ import annotations

import asyncio
from typing import cast

import orjson

from benchmarks.providers.upstream import now

from .reader import Reader

DATA = b"data: "
DONE = b"[DONE]"


class Program(Reader):
    """Its `cookie` is an API token."""

    async def connect(self, port: int, cookie: str, other_port: int | None = None) -> None:
        self._token, self._host = cookie, f"127.0.0.1:{port}"
        _, asking = await asyncio.get_running_loop().create_connection(lambda: _Connection(self), "127.0.0.1", port)
        self._asking = asking
        self.connection = asking  # type: ignore[assignment]  # for the caller, who closes it

    def ask(self, text: str) -> None:
        body = orjson.dumps({"model": "assistant", "stream": True, "messages": [{"role": "user", "content": text}]})
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.sent_at = now()
        self._asking.write(head.encode() + body)

    def line(self, line: bytes, at: int) -> None:
        if not line.startswith(DATA):
            if line.startswith(b"HTTP/1.1") and b" 200 " not in line:
                self.lost(line.decode(errors="replace").strip())
            return
        if line[len(DATA) :].strip() == DONE:
            self.status = "complete"
            self.finish()
            return
        chunk = orjson.loads(line[len(DATA) :])
        if "error" in chunk:
            self.lost(chunk["error"]["message"])
        elif text := chunk["choices"][0]["delta"].get("content"):
            self.frames += 1
            self.took(text, at)


class _Connection(asyncio.Protocol):
    """Each event comes whole, in a chunk of its own: the lines between them are the chunks' sizes."""

    def __init__(self, program: Program) -> None:
        self._program, self._rest = program, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.write, self.close = self._transport.write, self._transport.close

    def data_received(self, data: bytes) -> None:
        at = now()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._program.line(line, at)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._program.done.done():
            self._program.lost("the connection was lost")
