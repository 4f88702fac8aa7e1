"""Asks a provider for the bytes of an answer, and lets go of the connection that they come over."""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, cast
from urllib.parse import quote

import httpx2
from openai import APIConnectionError, APITimeoutError, AsyncStream
from openai._models import FinalRequestOptions

from . import clients, wire_trouble
from .byte_stream import ByteStream
from .endpoint import Endpoint
from .large_bodies import LargeBody
from .position import Position

# How long an exhausted connection waits for the bytes that allow it to be used again.
REUSE_SECONDS: Final = 1.0
_HEADERS: Final = {"Accept-Encoding": "identity"}  # compression would hold words back


async def ask(
    endpoint: Endpoint, path: str, body: dict[str, Any] | LargeBody, patience: float, *, headers: Mapping[str, str] | None = None
) -> httpx2.Response:
    """A new answer, allowing the server `patience` seconds for its headers and between two reads. Raises one of wire_trouble.EXCEPTIONS.

    `headers` are those of this request alone.
    """
    try:
        async with asyncio.timeout(patience):  # headers may come byte by byte
            return await _asked(clients.pooled(endpoint), _post(path, endpoint.connect_seconds, patience), body, headers)
    finally:
        if isinstance(body, LargeBody):
            body.let_go()


async def _asked(
    client: clients.Client, options: FinalRequestOptions, body: dict[str, Any] | LargeBody, headers: Mapping[str, str] | None
) -> httpx2.Response:
    if isinstance(body, LargeBody):
        request: httpx2.Request | None = client.requests.with_stream(options, body, body.size)
    elif headers:
        request = client.requests(options.model_copy(update={"json_data": body}))
    else:
        request = client.requests.again(options, body)
    if request is not None:
        request.headers.update(headers or {})
        return await _sent(client, request)
    options = options.model_copy(update={"json_data": body})
    response: Any = await client.sdk.request(httpx2.Response, options, stream=True, stream_cls=AsyncStream[Any])
    return cast("httpx2.Response", response)


async def _sent(client: clients.Client, request: httpx2.Request) -> httpx2.Response:
    """The response to a request that the SDK built, with the SDK's errors. Its way there asks what is settled: retries, redirects, logs."""
    try:
        response = await client.transport.handle_async_request(request)
    except httpx2.TimeoutException as error:
        raise APITimeoutError(request=request) from error
    except (httpx2.RequestError, ssl.SSLError) as error:
        raise APIConnectionError(request=request) from error
    if response.is_success:
        return response
    await response.aread()
    raise client.sdk._make_status_error_from_response(response) from None


async def ask_with_files(
    endpoint: Endpoint,
    path: str,
    fields: dict[str, Any],
    files: Sequence[tuple[str, tuple[str, bytes, str]]],
    patience: float,
    headers: Mapping[str, str],
) -> httpx2.Response:
    """The same with a form: `files` are names of fields, each with a file's name, bytes and type. Raises one of wire_trouble.EXCEPTIONS."""
    options = FinalRequestOptions.construct(
        method="post",
        url=path,
        timeout=clients.timeouts(endpoint.connect_seconds, patience),
        headers={**_HEADERS, **headers, "Content-Type": "multipart/form-data"},
        json_data=fields,
        files=list(files),
        idempotency_key="",
    )
    async with asyncio.timeout(patience):
        response: Any = await clients.client(endpoint).request(httpx2.Response, options, stream=True, stream_cls=AsyncStream[Any])
    return cast("httpx2.Response", response)


async def take_up(endpoint: Endpoint, path: str, position: Position, patience: float) -> httpx2.Response:
    """What comes after a position in an answer that the provider goes on with. Raises one of wire_trouble.EXCEPTIONS."""
    query = {"stream": "true", "starting_after": str(position.after)}
    if endpoint.is_openai:
        query["include_obfuscation"] = "false"
    async with asyncio.timeout(patience):
        response: Any = await clients.client(endpoint).get(
            f"{path}/{quote(position.response, safe='')}",
            cast_to=httpx2.Response,
            options={"timeout": clients.timeouts(endpoint.connect_seconds, patience), "headers": _HEADERS, "params": query},
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
    except wire_trouble.EXCEPTIONS:
        pass
    finally:
        await close(response)


async def close(response: httpx2.Response) -> None:
    with contextlib.suppress(*wire_trouble.EXCEPTIONS):
        await response.aclose()


@lru_cache(maxsize=64)
def _post(path: str, connect: float, patience: float) -> FinalRequestOptions:
    """What is the same for every answer, to be copied with the body."""
    return FinalRequestOptions.construct(
        method="post",
        url=path,
        timeout=clients.timeouts(connect, patience),
        headers=_HEADERS,
        idempotency_key="",  # is not sent to this API; without one, the SDK makes a UUID for each request
    )
