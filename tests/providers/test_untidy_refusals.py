"""Refusals are called what they are, whichever provider words them and wherever they say for how long: limits, used-up quotas, redirects, proxies."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conversations.providers import clients, error_reading, model_list, retries, streams
from conversations.providers.endpoint import Api, Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta, Finish
from conversations.providers.retry_after import retry_after_seconds
from tests.support.listener import Listener
from tests.support.loop_clock import LoopClock
from tests.support.provider_stream import KEY, failure, on_both_wires, parts, provider
from tests.support.scripted_openai import Answer, Event, Gate, Hold, Raw, Text, Wait
from tests.support.scripted_openai import failure as refusal

FOLDER = Path(__file__).parent / "untidy"
HERE = Endpoint("http://127.0.0.1:1/v1", "chat_completions", KEY, "m", 1000)


@contextlib.asynccontextmanager
async def answering(response: bytes, api: Api = "chat_completions", tls: ssl.SSLContext | None = None) -> AsyncIterator[Endpoint]:
    """A server that sends these bytes, whatever it is asked."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response)
        await writer.drain()

    async with Listener(answer, tls=tls) as listener:
        try:
            yield replace(HERE, base_url=f"{'https' if tls else 'http'}://127.0.0.1:{listener.port}/v1", api=api)
        finally:
            await clients.close_all()


def stored(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@pytest.mark.parametrize(("name", "seconds"), [("04a-gemini-per-minute-limit.http", 21.0), ("04c-groq-retry-hint-only-in-text.http", 3.4)])
@on_both_wires
async def test_a_limit_per_minute(api: Api, name: str, seconds: float) -> None:
    head, body = stored(name).split(b"\r\n\r\n")
    in_a_list = head.partition(b"Content-Length")[0] + b"Content-Length: %d\r\n\r\n[%s]" % (len(body) + 2, body)
    for response in (stored(name), in_a_list):
        async with answering(response, api) as endpoint:
            error = await failure(endpoint)
        assert (error.kind, error.retry_after, retries.cool_down(error)) == ("rate_limit", seconds, seconds)


async def test_a_redirect_names_the_address_to_write() -> None:
    async with answering(stored("39a-redirect-to-https.http")) as endpoint:
        error = await failure(endpoint)
        assert (error.kind, error.status) == ("address", 301)
        assert "Write https://llm.example.org/v1 as the base URL" in error.cause


async def test_a_proxy_that_refuses() -> None:
    async with answering(stored("39d-proxy-refuses.http")) as endpoint:
        error = await failure(endpoint)
        assert (error.kind, error.status) == ("proxy", 403)
        assert "ERR_ACCESS_DENIED" in error.cause
        assert "could not be retrieved" in error.cause


async def test_names_with_a_star_are_no_models() -> None:
    async with answering(stored("32-models-with-a-wildcard.http")) as endpoint:
        assert [offer.name for offer in await model_list.offers(endpoint)] == ["team-gpt"]
        assert (await model_list.with_first_model(replace(endpoint, model=""))).model == "team-gpt"


async def test_compression_that_was_not_asked_for() -> None:
    async with answering(stored("44-gzip-although-identity-was-asked.http")) as endpoint:
        read = await parts(endpoint)
        assert read[-1] == Finish("stop")
        assert isinstance(read[0], Delta) and read[0].text


# Kinds

PER_DAY = [{"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}, {"retryDelay": "21s"}]
KINDS: list[tuple[int, Any, str]] = [
    (429, {"error": {"message": "You exceeded your current quota. Limit: 3 requests per minute."}}, "rate_limit"),
    (429, {"error": {"message": "Billing: quota exceeded for RPM", "code": "insufficient_quota"}}, "rate_limit"),
    (429, {"error": {"message": "You exceeded your current quota. Please retry in 12s."}}, "rate_limit"),
    (429, {"error": {"message": "You exceeded your current quota. Please retry in 12s.", "details": PER_DAY}}, "quota"),
    (429, {"error": {"message": "You exceeded your current quota, see billing.", "code": "insufficient_quota"}}, "quota"),
    (402, {"error": {"message": "This request costs more than you have. Try again in 3 s."}}, "quota"),
    (403, {"error": {"message": "Rate Limit Exceeded", "status": "PERMISSION_DENIED"}}, "rate_limit"),
    (403, {"error": {"message": "Not for you"}}, "permission"),
    (400, [{"error": {"message": "API key not valid. Please pass a valid API key.", "code": 400}}], "key"),
    (404, [{"error": {"message": "models/none is not found", "code": 404}}], "model"),
    (500, {"errors": [{"message": "boom"}]}, "provider"),
]


@pytest.mark.parametrize(("status", "body", "kind"), KINDS)
def test_kinds(status: int, body: Any, kind: str) -> None:
    assert error_reading.from_error(body, HERE, status=status).kind == kind


# Hints

HINTS: list[tuple[dict[str, str], Any, str, float | None]] = [
    ({"retry-after": "7"}, {"details": [{"retryDelay": "21s"}]}, "try again in 3s", 7.0),
    ({}, {"error": {"details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"}]}}, "", 1.5),
    ({}, {"error": {"retry_after": 4}}, "", 4.0),
    ({}, {"error": {"metadata": {"retry_after_seconds": "9.5"}}}, "", 9.5),
    ({}, {}, "Please try again in 7m12.5s. Visit …", 432.5),
    ({}, {}, "Please try again in 250ms.", 0.25),
    ({}, {}, "Please wait 20 seconds before the next request", 20.0),
    ({}, {}, "Retry after 3 seconds", 3.0),
    ({}, {}, "Your limit resets in 1h2m", 3720.0),
    ({}, {}, "Please retry in 2 minutes and 5 seconds", 125.0),
    ({}, {}, "retry in 21.", 21.0),
    ({}, {}, "Try again in a moment; 5 seconds of audio are too long", None),
    ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-remaining-tokens": "0"}, {}, "", 360.0),
    ({"x-ratelimit-reset-requests": "9s", "x-ratelimit-remaining-requests": "5"}, {}, "", None),
    ({"ratelimit-reset": "30"}, {}, "", 30.0),
    ({"x-ratelimit-reset-requests": "9s"}, {}, "try again in 2s", 2.0),
    ({"x-ratelimit-reset": "nonsense"}, {"retry_after": True, "retryDelay": "soon"}, "", None),
    ({}, {"retry_after": -3}, "", None),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "error", "text", "seconds"), HINTS)
def test_hints_wherever_they_stand(headers: dict[str, str], error: Any, text: str, seconds: float | None) -> None:
    assert retry_after_seconds(headers, error, text) == seconds


def test_hints_that_are_times() -> None:
    then = time.time() + 50
    for headers, error in (
        ({"x-ratelimit-reset": f"{then:.0f}"}, {}),
        ({"anthropic-ratelimit-requests-reset": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(then))}, {}),
        ({}, {"error": {"metadata": {"headers": {"X-RateLimit-Reset": f"{then * 1000:.0f}", "X-RateLimit-Remaining": "0"}}}}),
    ):
        seconds = retry_after_seconds(headers, error)
        assert seconds is not None
        assert 45 < seconds < 52


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", ["retry in " + "1s" * 200_000, "wait " * 100_000, "1 " * 100_000])
def test_hints_in_endless_texts(text: str) -> None:
    retry_after_seconds({}, {}, text)


# What stands before the provider

REDIRECTS = [
    ("/v2/chat/completions", "/v2 as the base URL"),
    ("https://login.example.org/signin?next=sk-test-0123456789abcdef", "to https://login.example.org/signin, which is no address"),
    ("", "not to another address"),
]


@pytest.mark.parametrize(("location", "words"), REDIRECTS)
async def test_redirects(location: str, words: str) -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.queue(Answer(status=302, headers={"location": location}, body="moved"))
        error = await failure(endpoint)
        assert error.kind == "address"
        assert words in error.cause
        assert KEY not in error.cause


PAGE = "<html><head><title>ERROR: The requested URL could not be retrieved</title></head></html>"
ON_THE_WAY = [
    (407, {"proxy-authenticate": "Basic"}, "", "proxy"),
    (403, {"via": "1.1 gate (squid/5.7)"}, "<html><title>Denied</title></html>", "proxy"),
    (403, {}, PAGE, "proxy"),
    (503, {"x-squid-error": "ERR_CONNECT_FAIL 111"}, PAGE, "network"),
    (403, {}, "<html><title>Forbidden</title></html>", "permission"),
    (403, {"via": "1.1 google"}, '{"error": {"message": "Not for you"}}', "permission"),
]


@pytest.mark.parametrize(("status", "headers", "body", "kind"), ON_THE_WAY)
async def test_what_a_proxy_says(status: int, headers: dict[str, str], body: str, kind: str) -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.queue(Answer(status=status, headers=headers, body=body))
        assert (await failure(endpoint)).kind == kind


# Patience

FIRST = Event({"choices": [{"delta": {"content": "The first half, "}, "finish_reason": "stop"}]})
SECOND = Event({"choices": [{"delta": {"content": "the second half."}, "finish_reason": "stop"}]})


async def test_a_finish_on_every_chunk_has_the_patience_of_the_next_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "USAGE_SECONDS", 0.02)
    gate = Gate()
    async with provider("chat_completions") as (server, endpoint):
        server.script(FIRST, Hold(gate), SECOND, Raw(b"data: [DONE]\n\n"))
        asyncio.get_running_loop().call_later(0.3, gate.open)
        assert await parts(endpoint) == [Delta("text", "The first half, the second half."), Finish("stop")]


async def test_and_no_more_than_that() -> None:
    async with provider("chat_completions") as (server, usual):
        server.script(FIRST, Wait(30))
        began = time.monotonic()
        assert await parts(replace(usual, next_token_seconds=0.2)) == [Delta("text", "The first half, "), Finish("stop")]
        assert time.monotonic() - began < 10


SILENT = {
    "chat_completions": Event({"choices": [{"index": 0, "delta": {"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}]}}]}),
    "responses": Event({"type": "response.web_search_call.searching", "output_index": 0, "item_id": "ws_1"}),
}


@on_both_wires
@pytest.mark.parametrize("is_alive", [True, False])
async def test_whatever_comes_of_the_answer_is_a_sign_of_life(api: Api, is_alive: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = LoopClock(monkeypatch)
    sign, gates = SILENT[api] if is_alive else Raw(b": wait\n\ndata: ping\n\n"), [Gate() for _ in range(4)]
    async with provider(api) as (server, usual):
        server.script(*(step for gate in gates for step in (sign, Hold(gate))), Text("Yes."), Raw(b"data: [DONE]\n\n"))
        answer = asyncio.ensure_future(parts(replace(usual, first_token_seconds=100)))
        for gate in gates:
            await gate.reached()
            await asyncio.sleep(0.02)
            clock.passed += 60
            await asyncio.sleep(0.02)
            gate.open()
            if not is_alive and clock.passed > 100:
                break
        if is_alive:
            assert await answer == [Delta("text", "Yes."), Finish("stop")]
        else:
            with pytest.raises(ProviderError) as caught:
                await answer
            assert caught.value.kind == "timeout"


async def test_a_list_of_errors_with_status_200() -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.queue(Answer(body=[{"error": {"code": 429, "message": "Resource has been exhausted, retry in 3.4s"}}]))
        error = await failure(endpoint)
        assert (error.kind, error.retry_after) == ("rate_limit", 3.4)
        server.queue(refusal(200, "The model is overloaded"))
        assert (await failure(endpoint)).kind == "rate_limit"
