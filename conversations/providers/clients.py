"""One pooled client per endpoint and event loop, with limits fit for thousands of streams."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import httpx2
from openai import AsyncOpenAI, DefaultAioHttpClient

from .endpoint import Endpoint

# To the transport, "pool" is the time until a connection is ready, waiting and connecting taken together.
WAITING_SECONDS = 5.0
LIMITS = httpx2.Limits(max_connections=20_000, keepalive_expiry=30.0)

ERRANDS_SECONDS = 5.0
"""How long closing waits for what is still to be said to the providers."""

# Loops of several threads share these, so they are copied before they are gone through.
_errands: set[asyncio.Task[None]] = set()
_clients: dict[tuple[asyncio.AbstractEventLoop, str, str, tuple[tuple[str, str], ...]], AsyncOpenAI] = {}


def client(endpoint: Endpoint) -> AsyncOpenAI:
    """The client for this endpoint on the running event loop."""
    key = (asyncio.get_running_loop(), endpoint.base_url, endpoint.api_key, endpoint.headers)
    found = _clients.get(key)
    if found is None:
        _drop_clients_of_closed_loops()
        found = _clients[key] = AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.api_key,
            max_retries=0,  # whoever asks decides whether to ask again, and whom
            timeout=timeouts(endpoint, 60.0),
            default_headers=dict(endpoint.headers),
            http_client=DefaultAioHttpClient(
                limits=LIMITS,
                timeout=timeouts(endpoint, 60.0),
                follow_redirects=False,  # a key is for the server that it was entered for, and so are extra headers
                # A proxy named in the environment is not meant for this machine itself.
                mounts={f"all://{endpoint.host}": None} if endpoint.is_local else None,
            ),
        )
    return found


def timeouts(endpoint: Endpoint, read: float) -> httpx2.Timeout:
    """Timeouts for one request that may wait `read` seconds for each read."""
    connect = endpoint.connect_seconds
    return httpx2.Timeout(connect=connect, pool=connect + WAITING_SECONDS, write=60.0, read=read)


def run_errand(errand: Coroutine[Any, Any, None]) -> None:
    """Do something short that nobody waits for, and that closing lets finish. It must not raise."""
    task = asyncio.create_task(errand)
    _errands.add(task)
    task.add_done_callback(_errands.discard)


async def close_all() -> None:
    """Close the clients of the running event loop, and forget those of closed loops. Lets errands finish for ERRANDS_SECONDS."""
    loop = asyncio.get_running_loop()
    if errands := {task for task in list(_errands) if task.get_loop() is loop}:
        _, late = await asyncio.wait(errands, timeout=ERRANDS_SECONDS)
        for task in late:
            task.cancel()
    _drop_clients_of_closed_loops()
    for key in [key for key in list(_clients) if key[0] is loop]:
        await _clients.pop(key).close()


def _drop_clients_of_closed_loops() -> None:
    for key in [key for key in list(_clients) if key[0].is_closed()]:
        _clients.pop(key, None)
