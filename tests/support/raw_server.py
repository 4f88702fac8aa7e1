"""A server that sends bytes, whatever it is asked: once, or again and again without end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from conversations import process_cache
from conversations.providers import clients
from conversations.providers.endpoint import Api, Endpoint

from .listener import Listener
from .provider_stream import KEY


@dataclass
class RawServer:
    """`sent` counts the bytes that the client has taken, `heads` are its requests' headers."""

    port: int = 0
    sent: int = 0
    heads: list[bytes] = field(default_factory=list)

    def endpoint(self, api: Api = "chat_completions", patience: float = 120.0) -> Endpoint:
        return Endpoint(f"http://127.0.0.1:{self.port}/v1", api, KEY, "scripted-model", 8_192, first_token_seconds=patience)


@contextlib.asynccontextmanager
async def sending(head: bytes, again: bytes = b"", *, every: float = 0.0, most_bytes: int = 400_000_000) -> AsyncIterator[RawServer]:
    """Sends `head`, and then `again` every so many seconds until the client leaves, or has taken `most_bytes`."""
    served = RawServer()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            served.heads.append(await reader.readuntil(b"\r\n\r\n"))
            piece = head
            while True:
                writer.write(piece)
                await writer.drain()
                served.sent += len(piece)
                piece = again
                if not again or served.sent > most_bytes or writer.is_closing():
                    break
                await asyncio.sleep(every)

    process_cache.clear()
    async with Listener(answer) as listener:
        served.port = listener.port
        try:
            yield served
        finally:
            await clients.close_all()
