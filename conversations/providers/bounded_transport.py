"""The HTTP transport to providers, with bounds for what a faulty or hostile server may send before and instead of an answer."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from functools import partial
from typing import Any, Final, cast

import aiohttp
import httpx2
from aiohttp.client_proto import ResponseHandler
from openai._vendor.httpx_aiohttp.transport import AiohttpTransport

LARGEST_ERROR: Final = 16 * 1024
"""Bytes, unpacked. More of an error's body says nothing that helps to tell what is wrong."""
ERROR_SECONDS: Final = 5.0
"""For the body of an error. What has come by then is looked at."""
MOST_INTERIM_RESPONSES: Final = 20
"""“100 Continue” and the like before one response. A server may send them without end, faster than they are read."""

# What describes the body as it was sent. A charset could name any codec, those that unpack or take quadratic time among them.
_OF_THE_BODY = (b"content-encoding", b"content-length", b"transfer-encoding", b"content-type")

_TROUBLE = (httpx2.HTTPError, httpx2.StreamError, aiohttp.ClientError, OSError)


class BoundedTransport(AiohttpTransport):
    """Reads no more of an error than tells what it is, keeps no cookies, and waits for no endless interim responses."""

    def __init__(self, context: ssl.SSLContext, limits: httpx2.Limits, proxy: str | None) -> None:
        super().__init__(
            verify=context,
            trust_env=False,
            limits=limits,
            proxy=None if proxy is None else httpx2.Proxy(proxy),
            client=partial(_session, context, limits),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        if "set-cookie" in response.headers:  # each response could add to what is sent with every request
            del response.headers["set-cookie"]
        return response if response.is_success else await _bounded(response)


async def read_beginning(response: httpx2.Response, most_bytes: int, into: bytearray) -> None:
    """Append the first `most_bytes` of the body, unpacked, and close it. Raises one of what the transport raises."""
    try:
        async for piece in response.aiter_bytes():
            into += piece[: most_bytes - len(into)]
            if len(into) >= most_bytes:
                break
    finally:
        with contextlib.suppress(*_TROUBLE):
            await response.aclose()


async def _bounded(response: httpx2.Response) -> httpx2.Response:
    """The same response, read as far as that is worth it. A body that can't be read is no reason to lose its status."""
    content = bytearray()
    with contextlib.suppress(*_TROUBLE):
        async with asyncio.timeout(ERROR_SECONDS):
            await read_beginning(response, LARGEST_ERROR, content)
    headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _OF_THE_BODY]
    return httpx2.Response(
        response.status_code, headers=headers, content=bytes(content), request=response.request, extensions=response.extensions
    )


class _Protocol(ResponseHandler):
    """Gives up a server that sends interim responses without end, makes no timer for each read, and wakes no parser that doesn't wait."""

    _interim_responses = 0
    _deadline = 0.0

    def _reschedule_timeout(self) -> None:
        """aiohttp makes a timer for each read. The one that is there looks, when it fires, how much time is left."""
        timer = self._read_timeout_handle
        if self._read_timeout:
            self._deadline = self._loop.time() + self._read_timeout
            if timer is not None and timer.when() <= self._deadline:
                return
        super()._reschedule_timeout()

    def _on_read_timeout(self) -> None:
        left = self._deadline - self._loop.time()
        if left <= 0 and self._read_timeout and self.transport is not None and not self.transport.is_reading():
            left = self._read_timeout  # we don't read: what came meanwhile is with the kernel
        if left > 0:
            self._read_timeout_handle = self._loop.call_later(left, self._on_read_timeout)
        else:
            super()._on_read_timeout()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """aiohttp calls it for each chunk that is read, paused or not, and has the parser look for more each time."""
        if self._reading_paused or not resume_parser:
            super().resume_reading(resume_parser)

    def feed_data(self, data: Any, size: int = 0) -> None:
        status = data[0].code
        self._interim_responses = self._interim_responses + 1 if 100 <= status < 200 and status != 101 else 0
        if self._interim_responses <= MOST_INTERIM_RESPONSES:
            super().feed_data(data, size)
        elif self.transport is not None:
            self.transport.abort()
            self.set_exception(aiohttp.ClientPayloadError(f"More than {MOST_INTERIM_RESPONSES} interim responses came before the answer."))


def _session(context: ssl.SSLContext, limits: httpx2.Limits) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(ssl=context, limit=limits.max_connections or 0, keepalive_timeout=limits.keepalive_expiry)
    connector._factory = cast(
        "Any", partial(_Protocol, loop=asyncio.get_running_loop())
    )  # there is no public way to count interim responses
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
