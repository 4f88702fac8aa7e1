"""A WebSocket client that costs little: on two cores the measured server must not compete with its clients."""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import Callable
from typing import cast

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Connection(asyncio.Protocol):
    """Calls `received` with each text frame. Whole, unmasked frames, as servers send them."""

    def __init__(self, received: Callable[[bytes], None], lost: Callable[[str], None]) -> None:
        self._received, self._lost = received, lost
        self._buffer = bytearray()
        self._open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reason = "the connection was lost"

    @classmethod
    async def to(
        cls, port: int, cookie: str, received: Callable[[bytes], None], lost: Callable[[str], None], *, path: str = "/ws/"
    ) -> Connection:
        _, connection = await asyncio.get_running_loop().create_connection(lambda: cls(received, lost), "127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )
        connection._transport.write(head.encode())
        await asyncio.wait_for(connection._open, 30)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own kind

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(self._reason)

    def send(self, text: bytes) -> None:
        self._write(TEXT, text)

    def close(self, *, abruptly: bool = False) -> None:
        self._lost = lambda reason: None
        self._received = lambda payload: None
        if abruptly:
            self._transport.abort()
        else:
            self._transport.close()

    def _write(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        length = struct.pack("!B", 0x80 | size) if size < 126 else struct.pack("!BH", 0x80 | 126, size)
        self._transport.write(bytes([0x80 | kind]) + length + b"\0\0\0\0" + payload)  # masked with nothing

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        if not self._open.done():
            head, end, rest = bytes(buffer).partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                self._open.set_exception(ConnectionError(head.decode(errors="replace").splitlines()[0]))
                return
            self._open.set_result(None)
            buffer[:] = rest
        start = 0
        while len(buffer) - start >= 2:
            size, at = buffer[start + 1], start + 2
            if size == 126:
                if len(buffer) < at + 2:
                    break
                size, at = int.from_bytes(buffer[at : at + 2], "big"), at + 2
            elif size == 127:
                if len(buffer) < at + 8:
                    break
                size, at = int.from_bytes(buffer[at : at + 8], "big"), at + 8
            if len(buffer) < at + size:
                break
            self._frame(buffer[start] & 15, bytes(buffer[at : at + size]))
            start = at + size
        del buffer[:start]

    def _frame(self, kind: int, payload: bytes) -> None:
        if kind == TEXT:
            self._received(payload)
        elif kind == PING:
            self._write(PONG, payload)
        elif kind == CLOSE:
            self._reason = f"closed with {int.from_bytes(payload[:2], 'big')}"
