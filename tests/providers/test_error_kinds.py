"""Every way a provider refuses or fails becomes a kind with a sentence, and keeps its cause for the log."""

import socket
from dataclasses import replace
from typing import Any

import pytest

from conversations.providers import clients
from conversations.providers.endpoint import Api, Endpoint
from conversations.providers.errors import SENTENCES, sentence
from conversations.providers.parts import Delta
from tests.support.provider_stream import KEY, failure, on_both_wires, provider, until_failure
from tests.support.scripted_openai import Answer, Event, Hangup, Raw, Stay, Text, Wait
from tests.support.scripted_openai import failure as refusal

HTTP = {
    "key": refusal(401, "Incorrect API key provided: sk-abc***xyz.", code="invalid_api_key"),
    "permission": refusal(403, "Country not supported", code="unsupported_country_region_territory"),
    "model": refusal(404, "The model `gpt-9` does not exist or you do not have access to it.", code="model_not_found"),
    "rate_limit": refusal(429, "Rate limit reached for requests", code="rate_limit_exceeded"),
    "quota": refusal(429, "You exceeded your current quota, please check your plan.", type="insufficient_quota", code="insufficient_quota"),
    "context": refusal(400, "This model's maximum context length is 128000 tokens.", code="context_length_exceeded"),
    "content_filter": refusal(400, "The response was filtered.", code="content_filter"),
    "request": refusal(400, "Invalid value for 'messages'."),
    "provider": refusal(500, "The server had an error."),
    "timeout": refusal(504, "Gateway timeout"),
}


@on_both_wires
@pytest.mark.parametrize("kind", HTTP)
async def test_http_errors(api: Api, kind: str) -> None:
    async with provider(api) as (server, endpoint):
        server.queue(HTTP[kind])
        error = await failure(endpoint)
        assert (error.kind, error.status, error.request_id) == (kind, HTTP[kind].status, "req_scripted")
        assert error.sentence == sentence(kind) == SENTENCES[kind]


@on_both_wires
async def test_a_code_that_is_the_type_as_well_is_said_once(api: Api) -> None:
    async with provider(api) as (server, endpoint):
        server.queue(HTTP["quota"])
        assert (await failure(endpoint)).cause == "HTTP 429 insufficient_quota: You exceeded your current quota, please check your plan."


OPENAI_LIMIT = "This model's maximum context length is 4096 tokens"
CONTEXT = [
    {"error": {"code": 400, "message": "request (9031 tokens) exceeds the available context size", "type": "exceed_context_size_error"}},
    {"object": "error", "message": f"{OPENAI_LIMIT}. However, you requested 5000 tokens", "code": 400},
    {"error": {"message": f"'max_tokens' or 'max_completion_tokens' is too large: 5000. {OPENAI_LIMIT}", "param": None}},
    {"error": "prompt is too long"},
]


@pytest.mark.parametrize("body", CONTEXT)
async def test_other_servers_words_for_too_long_a_conversation(body: object) -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.queue(Answer(status=400, body=body))
        assert (await failure(endpoint, parameters={"max_output_tokens": 5000})).kind == "context"


def _refused(name: str, message: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "param": name, "code": code}}


UNSUPPORTED = "is not supported with this model."
REFUSED = [
    ("temperature", _refused("temperature", "Unsupported value: 'temperature' does not support 0.7.", "unsupported_value")),
    ("top_p", _refused("top_p", f"Unsupported parameter: 'top_p' {UNSUPPORTED}", "unsupported_parameter")),
    ("reasoning_effort", _refused("reasoning.effort", f"Unsupported parameter: 'reasoning.effort' {UNSUPPORTED}")),
    ("reasoning_effort", {"error": {"message": "Unrecognized request argument supplied: reasoning_effort"}}),
    ("temperature", {"error": {"message": "temperature is not supported by this model"}}),
    ("top_p", {"detail": [{"type": "extra_forbidden", "loc": ["body", "top_p"], "msg": "Extra inputs are not permitted"}]}),
]


@pytest.mark.parametrize(("parameter", "body"), REFUSED)
async def test_a_refused_parameter_is_named(parameter: str, body: Any) -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.queue(Answer(status=422 if "detail" in body else 400, body=body))
        error = await failure(endpoint, parameters={"temperature": 0.7, "top_p": 0.5, "reasoning_effort": "low"})
        assert (error.kind, error.parameter) == ("parameter", parameter)


async def test_a_value_out_of_range_is_not_a_refused_parameter() -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.queue(
            refusal(400, "Invalid 'temperature': decimal above maximum value.", param="temperature", code="decimal_above_max_value")
        )
        error = await failure(endpoint, parameters={"temperature": 7})
        assert (error.kind, error.parameter) == ("request", None)


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"retry-after": "7"}, 7), ({"retry-after-ms": "1500"}, 1.5), ({}, None), ({"retry-after": "soon"}, None)]
)
async def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    async with provider("responses") as (server, endpoint):
        server.queue(refusal(429, "Slow down", headers=headers))
        assert (await failure(endpoint)).retry_after == seconds


@pytest.mark.parametrize("status", [200, 502])
async def test_a_web_page_instead_of_an_answer(status: int) -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.queue(Answer(status=status, body="<!doctype html><html><head><title>Bad gateway</title></head><body>…</body></html>"))
        error = await failure(endpoint)
        assert error.kind == "provider"
        assert "Bad gateway" in error.cause
        assert "<" not in error.cause


AMID = [
    ("chat_completions", Event({"error": {"message": "The server is overloaded", "type": "server_error", "code": None}}), "rate_limit"),
    ("chat_completions", Event({"error": {"message": "Upstream failed", "code": 502}}), "provider"),
    ("chat_completions", Event({"error": {"message": "context size exceeded", "type": "exceed_context_size_error"}}), "context"),
    ("chat_completions", Event({"message": "boom"}, "error"), "provider"),
    ("responses", Event({"type": "error", "code": "server_error", "message": "boom", "param": None}), "provider"),
    ("responses", Event({"type": "error", "error": {"code": "rate_limit_exceeded", "message": "Rate limit reached"}}), "rate_limit"),
    ("responses", Event({"type": "response.failed", "response": {"error": {"code": "server_error", "message": "boom"}}}), "provider"),
    ("responses", Event({"type": "response.failed", "response": {"error": {"code": "insufficient_quota", "message": "!"}}}), "quota"),
]  # fmt: skip


@pytest.mark.parametrize(("api", "event", "kind"), AMID)
async def test_errors_amid_a_stream_come_after_its_text(api: Api, event: Event, kind: str) -> None:
    async with provider(api) as (server, endpoint):
        server.script(Text("Some text"), event)
        seen, error = await until_failure(endpoint)
        assert (seen, error.kind) == ([Delta("text", "Some text")], kind)


@pytest.mark.parametrize(
    ("code", "status"),
    [(502, 502), ("429", 429), (40_000_000_000, None), ("1302", None), (600, None), ("000", None), ("²", None), ("٤٢٩", None), ("9" * 5000, None)],
)  # fmt: skip
async def test_only_a_code_that_is_an_http_status_is_taken_for_one(code: int | str, status: int | None) -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.script(Event({"error": {"message": "boom", "code": code}}))
        error = await failure(endpoint)
        assert (error.status, str(code)[:1000] in error.cause) == (status, True)


async def test_unreadable_json() -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.script(Text("a"), Raw(b'data: {"choices": [\n\n'))
        assert (await failure(endpoint)).kind == "provider"


@on_both_wires
async def test_nobody_listens(api: Api) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{unused.getsockname()[1]}"
        error = await failure(Endpoint(f"http://{place}/v1", api, KEY, "m", 1000))
    await clients.close_all()
    assert (error.kind, error.cause) == ("network", f"Nothing listens at {place} (connection refused).")


async def test_a_name_that_does_not_exist() -> None:
    error = await failure(Endpoint("http://nowhere.invalid/v1", "responses", KEY, "m", 1000))
    await clients.close_all()
    assert (error.kind, error.cause) == ("network", "The name nowhere.invalid isn’t known (DNS).")


async def test_a_connection_closed_before_the_headers() -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.queue(Answer(before_headers=(Hangup(),)))
        error = await failure(endpoint)
        assert (error.kind, "closed the connection" in error.cause) == ("network", True)


async def test_no_headers_in_time() -> None:
    async with provider("chat_completions") as (server, usual):
        endpoint = replace(usual, first_token_seconds=0.2)
        server.queue(Answer(before_headers=(Wait(30),)))
        error = await failure(endpoint)
        assert (error.kind, "took too long" in error.cause) == ("timeout", True)


@on_both_wires
async def test_a_stall_amid_the_answer(api: Api) -> None:
    async with provider(api) as (server, usual):
        endpoint = replace(usual, next_token_seconds=0.2)
        server.script(Text("a"), Text("b"), Wait(0.05), Text("c"), Stay())
        assert (await failure(endpoint)).kind == "timeout"
        await server.requests[0].client_left()
