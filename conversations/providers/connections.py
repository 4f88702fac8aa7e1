"""Asks a provider for the bytes of an answer, and lets go of the connection that they come over."""

import asyncio
import contextlib
from typing import Any, Final, cast
from urllib.parse import quote

import httpx2
from openai import AsyncStream
from openai._types import RequestOptions

from . import clients, error_reading
from .byte_stream import ByteStream
from .endpoint import Endpoint
from .position import Position

# How long an exhausted connection waits for the bytes that allow it to be used again.
REUSE_SECONDS: Final = 1.0


async def ask(endpoint: Endpoint, path: str, body: dict[str, Any], patience: float) -> httpx2.Response:
    """A new answer, allowing the server `patience` seconds for its headers and between two reads. Raises one of WIRE_TROUBLE."""
    async with asyncio.timeout(patience):  # headers may come byte by byte
        response: Any = await clients.client(endpoint).post(
            path, cast_to=httpx2.Response, body=body, options=_options(endpoint, patience), stream=True, stream_cls=AsyncStream[Any]
        )
    return cast("httpx2.Response", response)


async def take_up(endpoint: Endpoint, path: str, position: Position, patience: float) -> httpx2.Response:
    """What comes after a position in an answer that the provider goes on with. Raises one of WIRE_TROUBLE."""
    query = {"stream": "true", "starting_after": str(position.after)}
    if endpoint.is_openai:
        query["include_obfuscation"] = "false"
    async with asyncio.timeout(patience):
        response: Any = await clients.client(endpoint).get(
            f"{path}/{quote(position.response, safe='')}",
            cast_to=httpx2.Response,
            options={**_options(endpoint, patience), "params": query},
            stream=True,
            stream_cls=AsyncStream[Any],
        )
    return cast("httpx2.Response", response)


async def read_to_the_end(response: httpx2.Response, stream: ByteStream) -> None:
    """Let the connection be used again, if that comes soon; else close it."""
    try:
        async with asyncio.timeout(REUSE_SECONDS):
            while await stream.read():
                pass
    except error_reading.WIRE_TROUBLE:
        pass
    finally:
        await close(response)


async def close(response: httpx2.Response) -> None:
    with contextlib.suppress(*error_reading.WIRE_TROUBLE):
        await response.aclose()


def _options(endpoint: Endpoint, patience: float) -> RequestOptions:
    return {
        "timeout": clients.timeouts(endpoint, patience),
        "headers": {"Accept-Encoding": "identity"},  # compression would hold words back
        "idempotency_key": "",  # is not sent to this API; without one, the SDK makes a UUID for each request
    }
