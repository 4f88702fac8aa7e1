"""The bytes of an answer as they arrive, read as close to the transport as is safe."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import httpx2

LARGEST_PIECE = 64 * 1024
"""Of what is unpacked; the other tasks have their turn after each, for one chunk of a compressed body may hold megabytes."""


class ByteStream:
    """Reads through the client library's public interface. Works over any transport, but can't pause."""

    def __init__(self, response: httpx2.Response) -> None:
        self._chunks: AsyncIterator[bytes] = _pieces(response.aiter_bytes())

    @property
    def at_end(self) -> bool:
        return False

    async def read(self) -> bytes:
        """Everything that has arrived, waiting for something if need be; b"" at the end."""
        return await anext(self._chunks, b"")

    def pause(self) -> None:
        """Leave what arrives from now on to the kernel."""

    def resume(self) -> None:
        """Read again."""

    def set_read_timeout(self, seconds: float) -> None:
        """Allow the server this long between two reads."""


class AiohttpByteStream(ByteStream):
    """Reads aiohttp's own buffer, past five layers of generators."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._content: Any = response.content
        self._paused = False

    @property
    def at_end(self) -> bool:
        return self._content.at_eof()

    async def read(self) -> bytes:
        content = self._content
        try:
            while not content._buffer and not content._eof and content._exception is None:
                await content._wait("read")
            is_simple = len(content._buffer) > 1 and not content._buffer_offset and content._exception is None
            return self._all() if is_simple else await content.readany()
        except RuntimeError:
            if self._transport() is not None:
                raise
        raise aiohttp.ClientConnectionError("The connection was closed on our side.")

    def _all(self) -> bytes:
        """As `readany`, which counts for each piece, and a provider sends each token as one."""
        content = self._content
        data = b"".join(content._buffer)
        content._buffer.clear()
        content._size -= len(data)
        content._cursor += len(data)
        if content._http_chunk_splits:
            content._http_chunk_splits.clear()
        content._protocol.resume_reading()
        return data

    def pause(self) -> None:
        transport = self._transport()
        if transport is not None and not self._paused:
            self._paused = True
            transport.pause_reading()

    def resume(self) -> None:
        if self._paused:
            self._paused = False
            transport = self._transport()
            if transport is not None:
                transport.resume_reading()

    def set_read_timeout(self, seconds: float) -> None:
        connection = self._response.connection
        if connection is not None and connection.protocol is not None:
            connection.protocol.read_timeout = seconds
            connection.protocol.start_timeout()  # else the one before counts until something comes

    def _transport(self) -> Any:
        # At the end of the answer aiohttp takes the connection back, perhaps for another request: then it isn't ours to pause.
        connection = self._response.connection
        transport = None if connection is None else connection.transport
        return None if transport is None or transport.is_closing() else transport


async def _pieces(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        for start in range(0, len(chunk), LARGEST_PIECE):
            yield chunk[start : start + LARGEST_PIECE]
            await asyncio.sleep(0)


def byte_stream(response: httpx2.Response) -> ByteStream:
    """The fastest way to read this response."""
    stream: Any = response.stream
    for _ in range(3):  # the client library wraps the transport's stream to measure time
        inner = getattr(stream, "_aiohttp_response", None)
        if isinstance(inner, aiohttp.ClientResponse):
            return ByteStream(response) if response.headers.get("content-encoding", "identity") != "identity" else AiohttpByteStream(inner)
        stream = getattr(stream, "_stream", None)
    return ByteStream(response)
