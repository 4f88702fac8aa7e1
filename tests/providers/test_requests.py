"""A request holds only what was set and what the server understands, in an order that can be cached."""

import json
from dataclasses import replace

import pytest

from conversations.providers import chat_completions, responses
from conversations.providers.answer import Wire
from conversations.providers.endpoint import Api, Endpoint, Resume
from conversations.providers.parts import Delta
from conversations.providers.request import Request, Turn
from tests.support.provider_stream import KEY, WIRES, failure, on_both_wires, parts, provider
from tests.support.scripted_openai import Answer
from tests.support.scripted_openai import Request as Received
from tests.support.scripted_openai import failure as refusal

ALL = {"temperature": 0.5, "top_p": 0.9, "max_output_tokens": 100, "reasoning_effort": "low"}
TURNS = [Turn("user", "Hi"), Turn("assistant", "Hello"), Turn("user", "Bye")]
FULL = Request("m", "Be kind.", TURNS, ALL, "alice", "conversation-1")
OPENAI = Endpoint("https://api.openai.com/v1", "responses", KEY, "m", 1000)
OTHER = Endpoint("http://127.0.0.1:1/v1", "responses", KEY, "m", 1000)


def test_chat_completions() -> None:
    assert chat_completions.body(OTHER, FULL, set()) == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello"},
            {"role": "user", "content": "Bye"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 100,
        "reasoning_effort": "low",
    }


def test_responses() -> None:
    assert responses.body(OTHER, FULL, set()) == {
        "model": "m",
        "instructions": "Be kind.",
        "input": [
            {"role": "user", "content": "Hi"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]},
            {"role": "user", "content": "Bye"},
        ],
        "stream": True,
        "temperature": 0.5,
        "top_p": 0.9,
        "max_output_tokens": 100,
        "reasoning": {"effort": "low"},
    }


@pytest.mark.parametrize("wire", [chat_completions, responses])
def test_only_openai_is_told_who_and_where(wire: Wire) -> None:
    body = wire.body(OPENAI, FULL, set())
    assert body["store"] is False
    assert body["prompt_cache_key"] == "conversation-1"
    assert body["stream_options"]["include_obfuscation"] is False
    assert len(body["safety_identifier"]) == 64
    assert "alice" not in json.dumps(body)
    assert body.get("max_completion_tokens", body.get("max_output_tokens")) == 100
    other = wire.body(OPENAI, replace(FULL, user="bob"), set())
    assert other["safety_identifier"] != body["safety_identifier"]


@pytest.mark.parametrize("wire", [chat_completions, responses])
def test_what_is_not_set_is_not_sent(wire: Wire) -> None:
    body = wire.body(OTHER, Request("m", "", [Turn("user", "Hi")]), set())
    assert body.keys() - {"stream_options"} in ({"model", "messages", "stream"}, {"model", "input", "stream"})
    assert json.dumps(body).count("Hi") == 1


def test_the_beginning_of_the_answer_is_sent_where_the_server_goes_on_with_it() -> None:
    request = replace(FULL, prefix="Once upon \n")
    body = chat_completions.body(replace(OTHER, resume="prefix"), request, set())
    assert body["messages"][-1] == {"role": "assistant", "content": "Once upon"}
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)
    resumes: tuple[Resume, ...] = ("", "background")
    for resume in resumes:
        assert chat_completions.body(replace(OTHER, resume=resume), request, set()) == chat_completions.body(OTHER, FULL, set())
    assert responses.body(OTHER, request, set()) == responses.body(OTHER, FULL, set())
    for nothing in ("", " \n"):
        body = chat_completions.body(replace(OTHER, resume="prefix"), replace(FULL, prefix=nothing), set())
        assert body == chat_completions.body(OTHER, FULL, set())


@pytest.mark.parametrize("beginning", ["You", "You ", "You said:", "You said: ", "You said: Hello", " "])
async def test_only_what_comes_after_the_beginning_is_streamed(beginning: str) -> None:
    async with provider("chat_completions") as (_, endpoint):
        answer = await parts(replace(endpoint, resume="prefix"), prefix=beginning)
        text = "".join(part.text for part in answer if isinstance(part, Delta))
        assert beginning.lstrip() + text == "You said: Hello"


@on_both_wires
async def test_the_request_as_it_arrives(api: Api) -> None:
    async with provider(api) as (server, endpoint):
        await parts(endpoint)
        request = server.requests[0]
        assert request.path == {"responses": "/v1/responses", "chat_completions": "/v1/chat/completions"}[api]
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert (request.system, request.question) == ("Be kind.", "Hello")


async def test_an_old_server_that_knows_no_stream_options() -> None:
    def old(request: Received) -> Answer | None:
        if "stream_options" in request.body:
            return refusal(400, "Unrecognized request argument supplied: stream_options")
        return None

    async with provider("chat_completions") as (server, endpoint):
        server.answer_with = old
        for _ in range(2):
            assert (await parts(endpoint))[0] == Delta("text", "You said: Hello")
        assert ["stream_options" in request.body for request in server.requests] == [True, False, False]


async def test_a_server_that_knows_only_the_newer_limit() -> None:
    def newer(request: Received) -> Answer | None:
        if "max_tokens" in request.body:
            message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
            return refusal(400, message, param="max_tokens", code="unsupported_parameter")
        return None

    async with provider("chat_completions") as (server, endpoint):
        server.answer_with = newer
        for _ in range(2):
            await parts(endpoint, parameters={"max_output_tokens": 50})
        assert [request.body.get("max_completion_tokens") for request in server.requests] == [None, 50, 50]


async def test_a_server_that_knows_no_limit_at_all() -> None:
    def neither(request: Received) -> Answer | None:
        field = next(field for field in ("max_tokens", "max_completion_tokens") if field in request.body)
        return refusal(400, f"Unknown parameter: '{field}'.", param=field, code="unknown_parameter")

    async with provider("chat_completions") as (server, endpoint):
        server.answer_with = neither
        for _ in range(2):
            error = await failure(endpoint, parameters={"max_output_tokens": 50})
            assert (error.kind, error.parameter) == ("parameter", "max_output_tokens")
        assert len(server.requests) == 3


@pytest.mark.parametrize("api", WIRES)
async def test_each_try_is_one_request(api: Api) -> None:
    async with provider(api) as (server, endpoint):
        server.queue(refusal(503, "Busy", headers={"retry-after": "1"}))
        error = await failure(endpoint)
        assert (error.kind, error.retry_after) == ("provider", 1.0)
        assert len(server.requests) == 1
