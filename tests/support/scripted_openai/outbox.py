"""Writes answers to one connection."""

import asyncio
import json
import socket
import struct

from .background import BackgroundResponse
from .received import Request
from .script import Answer, Hangup, Hold, Reset, Stay, Step, Wait
from .wording import Wording, whole


class Outbox:
    """Writes one answer in the form of the requested API."""

    def __init__(self, writer: asyncio.StreamWriter, answer: Answer, request: Request) -> None:
        self._writer, self._answer, self._request = writer, answer, request
        self._wording = Wording(request, answer)

    async def send(self) -> None:
        """The whole answer, as a stream or in one piece."""
        for step in self._answer.before_headers:
            await self._take(step)
        is_stream = bool(self._answer.media_type) or (self._request.method == "POST" and self._request.body.get("stream"))
        if self._answer.body is not None or not is_stream:
            await self._send_whole(self._answer.body if self._answer.body is not None else whole(self._request, self._answer))
            return
        self._begin()
        for piece in self._wording.beginning():
            await self._bytes(piece)
        for step in self._answer.steps:
            await self._take(step)
        await self._end()

    async def send_background(self, response: BackgroundResponse, after: int | None) -> None:
        """What the response says while it comes: all of it, or what follows event number `after`."""
        for step in self._answer.before_headers:
            await self._take(step)
        self._begin()
        async for said in response.follow(after):
            if isinstance(said, bytes):
                await self._bytes(said)
            else:
                await self._take(said)
        await self._end()

    async def _send_whole(self, body: object) -> None:
        text = isinstance(body, str)
        data = str(body).encode() if text else json.dumps(body).encode()
        self._head({"content-type": "text/html" if text else "application/json", "content-length": str(len(data))})
        self._writer.write(data)
        await self._writer.drain()

    def _begin(self) -> None:
        ending = {"transfer-encoding": "chunked"} if self._answer.chunked else {"connection": "close"}
        media_type = self._answer.media_type or "text/event-stream; charset=utf-8"
        self._head({"content-type": media_type, "cache-control": "no-store", **ending})

    async def _end(self) -> None:
        if self._writer.is_closing():
            return
        if self._answer.chunked:
            self._writer.write(b"0\r\n\r\n")
            await self._writer.drain()
        else:
            self._writer.close()

    async def _take(self, step: Step) -> None:
        if isinstance(step, Wait):
            await asyncio.sleep(step.seconds)
        elif isinstance(step, Hold):
            await step.gate.pass_through()
        elif isinstance(step, Stay):
            await asyncio.sleep(3600)
        elif isinstance(step, Hangup):
            self._writer.close()
            raise ConnectionAbortedError
        elif isinstance(step, Reset):
            self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._writer.transport.abort()
            raise ConnectionAbortedError
        else:
            for piece in self._wording.of(step):
                await self._bytes(piece)

    async def _bytes(self, data: bytes) -> None:
        size = self._answer.bytes_per_write or len(data)
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            self._writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if self._answer.chunked else piece)
            await self._writer.drain()
            if self._answer.bytes_per_write:
                await asyncio.sleep(0)

    def _head(self, headers: dict[str, str]) -> None:
        fields = {"x-request-id": "req_scripted"} | headers | self._answer.headers
        lines = [f"HTTP/1.1 {self._answer.status} Scripted", *(f"{name}: {value}" for name, value in fields.items())]
        self._writer.write("\r\n".join([*lines, "", ""]).encode())
