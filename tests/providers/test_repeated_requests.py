"""What is kept of the SDK's first request makes the later ones: to the byte as the SDK alone would have sent them, but without its work."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI, AsyncStream

from conversations import process_cache
from conversations.providers import chat_completions, clients, connections, responses
from conversations.providers.answer import Wire
from conversations.providers.endpoint import Api, Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Finish
from conversations.providers.request import Request, Turn
from tests.support.listener import Listener
from tests.support.loop_clock import Lapse, LoopClock
from tests.support.provider_stream import KEY, parts, provider
from tests.support.scripted_openai import Answer, Hangup, Reset, Stay, failure

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 14\r\n\r\ndata: [DONE]\n\n"
REQUESTS = [
    Request("m", "Be kind.", [Turn("user", "Hi")]),
    Request("m", "", [Turn("user", "Zoë 😀 \u2028 \u0000 “”" * 200), Turn("assistant", "{}"), Turn("user", "?")], {"top_p": 0.9}),
    Request("another", "Be kind.", [Turn("user", "Hi")], {"temperature": 1e-7, "max_output_tokens": 100, "reasoning_effort": "low"}),
]
PATIENCES = (30.0, 30.0, 12.5)
on_both = pytest.mark.parametrize("wire", [chat_completions, responses])


@contextlib.asynccontextmanager
async def recorded() -> AsyncIterator[tuple[list[bytes], Endpoint]]:
    """What arrives at a server, request by request, and the endpoint that leads to it."""
    arrived: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
                assert length is not None
                arrived.append(head + await reader.readexactly(int(length[1])))
                writer.write(ANSWER)

    process_cache.clear()
    async with Listener(answer) as listener:
        try:
            yield arrived, Endpoint(f"http://127.0.0.1:{listener.port}/v1", "responses", KEY, "m", 8_192)
        finally:
            await clients.close_all()


async def ask_as_we_do(endpoint: Endpoint, wire: Wire) -> None:
    for request, patience in zip(REQUESTS, PATIENCES, strict=True):
        await (await connections.ask(endpoint, wire.PATH, wire.body(endpoint, request, set()), patience)).aread()


async def ask_as_the_sdk_does(endpoint: Endpoint, wire: Wire) -> None:
    client = AsyncOpenAI(
        base_url=endpoint.base_url,
        api_key=endpoint.api_key,
        max_retries=0,
        default_headers=dict(endpoint.headers),
        http_client=clients.client(endpoint)._client,
    )
    for request, patience in zip(REQUESTS, PATIENCES, strict=True):
        response: Any = await client.post(
            wire.PATH,
            cast_to=httpx2.Response,
            body=wire.body(endpoint, request, set()),
            options={"headers": {"Accept-Encoding": "identity"}, "timeout": clients.timeouts(endpoint.connect_seconds, patience)},
            stream=True,
            stream_cls=AsyncStream[Any],
        )
        await response.aread()


@on_both
@pytest.mark.parametrize("headers", [(), (("X-Team", "blue"), ("User-Agent", "ours"))])
async def test_the_same_bytes_as_from_the_sdk_alone(wire: Wire, headers: tuple[tuple[str, str], ...]) -> None:
    async with recorded() as (arrived, plain):
        endpoint = replace(plain, headers=headers)
        await ask_as_we_do(endpoint, wire)
        ours = [*arrived]
        arrived.clear()
        await ask_as_the_sdk_does(endpoint, wire)
        assert ours == arrived
        assert len({*ours}) == len(REQUESTS)


FAILURES = {
    "a bad request": failure(400, "No such parameter", param="top_p", code="unknown_parameter"),
    "a wrong key": failure(401, f"Incorrect API key provided: {KEY}", code="invalid_api_key"),
    "too many requests": failure(429, "Slow down", headers={"Retry-After": "7", "x-request-id": "r-1"}),
    "no quota": failure(429, "You exceeded your current quota", code="insufficient_quota"),
    "a server's error": failure(503, "Overloaded"),
    "a web page": Answer(status=502, headers={"Content-Type": "text/html"}, body="<html><title>Bad gateway</title></html>"),
    "a redirect": Answer(status=307, headers={"Location": "https://elsewhere.example/v1"}, body=""),
    "a reset": Answer(before_headers=(Reset(),)),
    "a hangup": Answer(before_headers=(Hangup(),)),
    "silence": Answer(before_headers=(Stay(),)),
}


@pytest.mark.parametrize("api", ["chat_completions", "responses"])
@pytest.mark.parametrize("name", FAILURES)
async def test_what_fails_later_is_told_as_what_fails_first(api: Api, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told, clock = [], LoopClock(monkeypatch)
    for answered_before in (False, True):
        async with provider(api) as (server, endpoint):
            if answered_before:
                assert (await parts(endpoint))[-1] == Finish("stop")
            lapse = Lapse(clock, endpoint.first_token_seconds)
            server.queue(replace(FAILURES[name], before_headers=lapse.before(FAILURES[name].before_headers)))
            with pytest.raises(ProviderError) as failed:
                await parts(endpoint)
            facts = {**vars(failed.value), "cause": failed.value.cause.replace(str(server.port), "")}
            told.append((type(failed.value), facts))
    assert told[0] == told[1]


@on_both
async def test_the_sdk_builds_one_of_a_kind(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    original = AsyncOpenAI._build_request

    def build(self: AsyncOpenAI, options: Any, **more: Any) -> httpx2.Request:
        built.append(options.url)
        return original(self, options, **more)

    async with recorded() as (arrived, endpoint):
        monkeypatch.setattr(AsyncOpenAI, "_build_request", build)
        for _ in range(3):
            await ask_as_we_do(endpoint, wire)
        assert len(arrived) == 3 * len(REQUESTS)
        assert built == [wire.PATH] * len({*PATIENCES})
