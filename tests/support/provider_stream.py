"""Streams from a scripted provider, for the tests of conversations.providers."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from conversations import process_cache
from conversations.providers import clients
from conversations.providers.endpoint import Api, Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.opening import open_stream
from conversations.providers.parts import Delta, Part
from conversations.providers.request import Request, Turn

from .scripted_openai import ScriptedOpenAI

KEY = "sk-test-0123456789abcdef"
REQUEST = Request("scripted-model", "Be kind.", [Turn("user", "Hello")], {}, "alice", "conversation-1")
WIRES: tuple[Api, ...] = ("responses", "chat_completions")
_rejected: set[str] = set()
"""What the provider refused so far, which routing remembers for a model."""
on_both_wires = pytest.mark.parametrize("api", WIRES)


@contextlib.asynccontextmanager
async def provider(api: Api, **options: Any) -> AsyncIterator[tuple[ScriptedOpenAI, Endpoint]]:
    """A scripted server, and the endpoint that leads to it."""
    process_cache.clear()
    _rejected.clear()
    async with ScriptedOpenAI(**options) as server:
        try:
            yield server, Endpoint(server.base_url, api, KEY, "scripted-model", 8_192)
        finally:
            await clients.close_all()


async def batches(endpoint: Endpoint, request: Request = REQUEST, **changes: Any) -> list[list[Part]]:
    """What the stream yields, list by list."""
    stream = open_stream(replace(endpoint, rejected=frozenset(_rejected)), replace(request, **changes))
    try:
        async with stream:
            return [parts async for parts in stream]
    finally:
        _rejected.update(stream.rejected)


async def parts(endpoint: Endpoint, request: Request = REQUEST, **changes: Any) -> list[Part]:
    """All parts of the answer, deltas of one kind joined."""
    joined: list[Part] = []
    for part in (part for batch in await batches(endpoint, request, **changes) for part in batch):
        last = joined[-1] if joined else None
        if isinstance(part, Delta) and isinstance(last, Delta) and part.kind == last.kind and part.call is None:
            joined[-1] = last._replace(text=last.text + part.text)
        else:
            joined.append(part)
    return joined


async def until_failure(endpoint: Endpoint, request: Request = REQUEST, **changes: Any) -> tuple[list[Part], ProviderError]:
    """What the stream yields, and the error that it ends with."""
    seen: list[Part] = []
    stream = open_stream(replace(endpoint, rejected=frozenset(_rejected)), replace(request, **changes))
    try:
        async with stream:
            async for batch in stream:
                seen += batch
    except ProviderError as error:
        return seen, error
    finally:
        _rejected.update(stream.rejected)
    pytest.fail(f"No error came, but {seen}")


async def failure(endpoint: Endpoint, request: Request = REQUEST, **changes: Any) -> ProviderError:
    """The error that the stream ends with."""
    return (await until_failure(endpoint, request, **changes))[1]
