"""One pooled client per endpoint, with limits fit for thousands of streams."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import NamedTuple

import httpx2
from openai import AsyncOpenAI

from conversations.process_cache import kept

from . import certificates, detached, proxies
from .bounded_transport import BoundedTransport
from .endpoint import Endpoint
from .large_bodies import Room
from .repeated_requests import RepeatedRequests

# To the transport, "pool" is the time until a connection is ready, waiting and connecting taken together.
WAITING_SECONDS = 5.0
LIMITS = httpx2.Limits(max_connections=20_000, keepalive_expiry=30.0)


class Client(NamedTuple):
    """The SDK's client, and what it builds and sends requests with: for a way past what it does for each (see `connections.ask`)."""

    sdk: AsyncOpenAI
    requests: RepeatedRequests
    transport: BoundedTransport


MOST_ANSWER_BYTES = 128 * 1024 * 1024
"""Of large documents that are read at the same time."""


class Clients:
    """Those of one event loop."""

    def __init__(self) -> None:
        self._clients: dict[tuple[str, str, tuple[tuple[str, str], ...]], Client] = {}
        self.room, self.answer_room = Room(), Room(MOST_ANSWER_BYTES)

    def clear(self) -> None:
        """Without closing them: their event loop is gone."""
        self._clients.clear()
        self.room, self.answer_room = Room(), Room(MOST_ANSWER_BYTES)

    def get(self, endpoint: Endpoint) -> Client:
        key = (endpoint.base_url, endpoint.api_key, endpoint.headers)
        if (found := self._clients.get(key)) is None:
            found = self._clients[key] = _new(endpoint)
        return found

    async def close(self) -> None:
        while self._clients:
            _, client = self._clients.popitem()
            await client.sdk.close()


_current: ContextVar[Clients] = ContextVar("clients", default=kept(Clients()))  # noqa: B039  (shared by all on purpose)


def client(endpoint: Endpoint) -> AsyncOpenAI:
    """The SDK's client for this endpoint."""
    return pooled(endpoint).sdk


def pooled(endpoint: Endpoint) -> Client:
    """The same with what is below it."""
    return _current.get().get(endpoint)


def room() -> Room:
    """For large bodies, of all endpoints."""
    return _current.get().room


def answer_room() -> Room:
    """For large documents that come as answers."""
    return _current.get().answer_room


@asynccontextmanager
async def apart() -> AsyncIterator[None]:
    """Clients that are closed at the end of this block: for a short event loop beside the process's own."""
    token = _current.set(Clients())
    try:
        yield
    finally:
        await close_all()
        _current.reset(token)


async def close_all() -> None:
    """Close the clients, after what is still to be said to the providers."""
    await detached.end()
    await _current.get().close()


def timeouts(connect: float, read: float) -> httpx2.Timeout:
    """Timeouts for one request that may wait `connect` seconds for a connection and `read` seconds for each read."""
    return httpx2.Timeout(connect=connect, pool=connect + WAITING_SECONDS, write=60.0, read=read)


def _new(endpoint: Endpoint) -> Client:
    proxy = proxies.proxy_for(endpoint.base_url)
    is_encrypted = proxy is not None or not endpoint.base_url.startswith("http:")
    transport = BoundedTransport(certificates.context() if is_encrypted else certificates.without_authorities(), LIMITS, proxy)
    client = AsyncOpenAI(
        base_url=endpoint.base_url,
        api_key=endpoint.api_key,
        max_retries=0,  # the attempt loop decides whether to ask again, and which provider
        timeout=timeouts(endpoint.connect_seconds, 60.0),
        default_headers=dict(endpoint.fixed_headers),
        http_client=httpx2.AsyncClient(
            transport=transport,
            timeout=timeouts(endpoint.connect_seconds, 60.0),
            follow_redirects=False,  # a key is for the server that it was entered for, and so are extra headers
            trust_env=False,  # it would fail for all of what it can't read; `proxies` and `certificates` read what concerns us
        ),
    )
    requests = RepeatedRequests(client._build_request)
    client._build_request = requests  # type: ignore[method-assign]  # two fifths of a request's time
    return Client(client, requests, transport)
