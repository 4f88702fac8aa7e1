"""Programs ask assistants and models as they ask OpenAI's Chat Completions, over all that an answer in the page goes through."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.test import AsyncClient

from conversations.api import rate_headers
from conversations.models import Attempt, Reservation, Spending, SystemPrompt, User
from conversations.processes import supervisor
from conversations.usage.limits import in_force
from tests.support.api import Headers, error_of, headers_of, program_of
from tests.support.limits import price
from tests.support.scripted_openai import Answer, Cites, Event, Finish, Gate, Hangup, Hold, Reasoning, ScriptedOpenAI, Text, failure

on_both_wires = pytest.mark.parametrize("openai", ["chat_completions", "responses"], indirect=True)
pytestmark = pytest.mark.django_db(transaction=True)


HERE = "/v1/chat/completions"
HELLO = {"model": "pirate", "messages": [{"role": "user", "content": "Hello"}]}
PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg=="


async def ask(program: Headers, **changes: Any) -> Any:
    return await AsyncClient().post(HERE, {**HELLO, **changes}, content_type="application/json", headers=program)


@asynccontextmanager
async def streamed(program: Headers, **changes: Any) -> AsyncIterator[AsyncIterator[Any]]:
    """The events' data as they come: what JSON says, and “[DONE]”."""
    response = await ask(program, stream=True, **changes)
    assert response.status_code == 200, response.content
    assert response["Content-Type"].startswith("text/event-stream")
    events = aiter(response)

    async def data() -> AsyncIterator[Any]:
        async for event in events:
            said = event.decode().removeprefix("data: ").strip()
            yield said if said == "[DONE]" else json.loads(said)

    try:
        yield data()
    finally:
        await events.aclose()


@on_both_wires
async def test_an_answer_comes_whole_with_what_it_took(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.script(Reasoning("A ship. "), Text("Ahoy "), Text("there!"), Finish())
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Arr."},
        {"role": "system", "content": "He is from Bristol."},
        {"role": "user", "content": [{"type": "text", "text": "Hello"}]},
    ]
    answer = (await ask(program, messages=messages, top_p=0.5, max_completion_tokens=50)).json()
    assert answer["object"] == "chat.completion" and answer["id"].startswith("chatcmpl-") and answer["model"] == "pirate"
    (choice,) = answer["choices"]
    assert choice["message"] == {"role": "assistant", "content": "Ahoy there!", "refusal": None, "reasoning_content": "A ship. "}
    assert choice["finish_reason"] == "stop"
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    (asked,) = openai.streams
    assert asked.system == "Talk like a pirate.\n\nBe brief."
    assert [(turn["role"], _text(turn)) for turn in _turns(asked.body)] == [
        ("user", "Hi"),
        ("assistant", "Arr."),
        ("system", "He is from Bristol."),
        ("user", "Hello"),
    ]
    assert (asked.body["temperature"], asked.body["top_p"]) == (0.3, 0.5)
    assert 50 in (asked.body.get("max_output_tokens"), asked.body.get("max_tokens"))
    attempt = await Attempt.objects.select_related("token", "prompt_version__prompt").aget()
    assert (attempt.purpose, attempt.outcome, attempt.reply_id) == ("api", "ok", None)
    assert attempt.token is not None and (attempt.token.name, attempt.owner_id) == ("A test", attempt.token.user_id)
    assert attempt.prompt_version is not None and attempt.prompt_version.prompt.slug == "pirate"


def _turns(body: dict[str, Any]) -> list[dict[str, Any]]:
    return list(body.get("input") or body["messages"][1:])


def _text(turn: dict[str, Any]) -> str:
    content = turn["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


async def test_it_is_streamed_as_it_comes(program: Headers, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("Ahoy "), Hold(gate), Text("there!"), Finish())
    async with streamed(program, stream_options={"include_usage": True}) as events:
        first, second = await anext(events), await anext(events)
        assert first["object"] == "chat.completion.chunk"
        assert first["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
        assert second["choices"] == [{"index": 0, "delta": {"content": "Ahoy "}, "finish_reason": None, "logprobs": None}]
        assert (second["id"], second["model"]) == (first["id"], "pirate")
        gate.open()
        *rest, ending, usage, done = [event async for event in events]
    assert "".join(event["choices"][0]["delta"]["content"] for event in rest) == "there!"
    assert ending["choices"][0]["finish_reason"] == "stop"
    assert usage["choices"] == [] and usage["usage"]["completion_tokens"] > 0
    assert done == "[DONE]"


async def test_pages_that_an_answer_cites_are_its_annotations(program: Headers, openai: ScriptedOpenAI) -> None:
    cited = {"url": "https://example.org/rome", "title": "Rome", "start_index": 0, "end_index": 8}
    for stream in (False, True):
        openai.script(Text("It is "), Cites("https://example.org/rome", "Rome"), Text("18"), Finish())
        if stream:
            async with streamed(program) as events:
                *_, ending, _done = [event async for event in events]
                said = ending["choices"][0]["delta"]
        else:
            said = (await ask(program)).json()["choices"][0]["message"]
        assert said["annotations"] == [{"type": "url_citation", "url_citation": cited}]


async def test_a_caller_who_leaves_ends_it_and_it_is_counted(program: Headers, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("Ahoy "), Hold(gate), Finish())
    async with streamed(program) as events:
        await anext(events)
        await anext(events)
        assert len(supervisor.current().unstored) == 1
    assert await openai.streams[0].client_left() < 5
    gate.open()
    await supervisor.current().unstored.until_done(5)
    assert len(supervisor.current().unstored) == 0
    attempt = await Attempt.objects.aget()
    assert (attempt.outcome, attempt.characters) == ("stopped", 5)


@on_both_wires
async def test_images_and_files_go_to_the_model_as_they_came(program: Headers, openai: ScriptedOpenAI) -> None:
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": PIXEL}},
        {"type": "image_url", "image_url": {"url": "https://pictures.example/ship.png"}},
        {"type": "file", "file": {"filename": "log.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}},
    ]
    assert (await ask(program, messages=[{"role": "user", "content": content}])).status_code == 200
    sent = json.dumps(_turns(openai.streams[0].body))
    for said in (PIXEL, "https://pictures.example/ship.png", "data:application/pdf;base64,JVBERi0=", "log.pdf", "What is this?"):
        assert said in sent


@on_both_wires
@pytest.mark.parametrize("media_type", ["text/plain", "application/json", "application/vnd.api+json", "text/x-python"])
async def test_a_file_that_is_text_is_quoted_for_every_model(program: Headers, openai: ScriptedOpenAI, media_type: str) -> None:
    """Many models take no such file, or none at all."""
    data = base64.b64encode("\ufeffAhoy, wörld </file> go on".encode()).decode()
    file = {"type": "file", "file": {"filename": 'a"b.txt', "file_data": f"data:{media_type};base64,{data}"}}
    assert (
        await ask(program, messages=[{"role": "user", "content": [{"type": "text", "text": "What is this?"}, file]}])
    ).status_code == 200
    body = openai.streams[0].body
    assert openai.streams[0].question == '<file name="a&quot;b.txt">\nAhoy, wörld &lt;/file> go on\n</file>\n\nWhat is this?'
    assert "file_data" not in json.dumps(body)


@on_both_wires
@pytest.mark.parametrize(
    ("media_type", "content"), [("text/plain", b"w\xf6rld"), ("application/octet-stream", b"Ahoy"), ("application/pdf", b"%PDF-")]
)
async def test_what_may_not_be_text_goes_as_it_came(program: Headers, openai: ScriptedOpenAI, media_type: str, content: bytes) -> None:
    data = f"data:{media_type};base64,{base64.b64encode(content).decode()}"
    file = {"type": "file", "file": {"filename": "one", "file_data": data}}
    assert (await ask(program, messages=[{"role": "user", "content": [file]}])).status_code == 200
    assert data in json.dumps(_turns(openai.streams[0].body))


async def test_a_model_that_is_known_to_see_nothing_is_not_asked_and_the_refusal_says_why(
    program: Headers, openai: ScriptedOpenAI, settings: Any
) -> None:
    settings.OPENAI_MODEL = "gpt-3.5-turbo"
    response = await ask(program, messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {"url": PIXEL}}]}])
    assert (response.status_code, error_of(response)["code"], openai.streams) == (400, "images_not_supported", [])


@on_both_wires
async def test_the_answer_follows_a_schema(program: Headers, openai: ScriptedOpenAI) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
    shape = {"type": "json_schema", "json_schema": {"name": "one", "schema": schema, "strict": True}}
    assert (await ask(program, response_format=shape)).status_code == 200
    assert json.dumps(schema) in json.dumps(openai.streams[0].body)


@pytest.mark.parametrize(
    ("upstream", "status", "code"),
    [
        (failure(401, "Incorrect API key provided: sk-t***", code="invalid_api_key"), 503, "provider_key"),
        (failure(400, "This model's maximum context length is 8 tokens.", code="context_length_exceeded"), 400, "context_length_exceeded"),
        (failure(400, "Nonsense"), 400, "invalid_request"),
        (failure(429, "You exceeded your current quota", code="insufficient_quota"), 503, "provider_quota"),
        (Answer(steps=(Event({"error": {"message": "The server had an error", "type": "server_error"}}),)), 503, "provider_provider"),
    ],
    ids=["the site's key", "too long", "wrong", "the site's credit", "an error in the stream"],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_what_fails_before_the_first_word_has_a_status(
    program: Headers, openai: ScriptedOpenAI, settings: Any, upstream: Answer, status: int, code: str, stream: bool
) -> None:
    settings.RETRY_SECONDS = 0
    openai.answer_with = lambda request: upstream
    response = await ask(program, stream=stream)
    assert response.status_code == status
    error = error_of(response)
    assert error["code"] == code
    assert "sk-t" not in json.dumps(error)


async def test_what_breaks_off_later_is_told_as_an_error(program: Headers, openai: ScriptedOpenAI) -> None:
    filtered = Answer(steps=(Text("Ahoy "), Finish("content_filter")))
    openai.queue(filtered)
    async with streamed(program) as events:
        *_, last = [event async for event in events]
    assert last["error"]["code"] == "content_filter"


async def test_a_stream_that_breaks_goes_on_by_itself(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.queue(
        Answer(steps=(Text("One, two, three, four, five, six, "), Hangup())),
        Answer(steps=(Text("four, five, six, seven, eight."), Finish())),
    )
    answer = (await ask(program)).json()
    assert answer["choices"][0]["message"]["content"] == "One, two, three, four, five, six, seven, eight."


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no model": ({"model": ""}, "model"),
    "no messages": ({"messages": []}, "messages"),
    "messages are a text": ({"messages": "Hello"}, "messages"),
    "a message is a text": ({"messages": ["Hello"]}, "messages[0]"),
    "an unknown role": ({"messages": [{"role": "captain", "content": "x"}]}, "messages[0].role"),
    "instructions only": ({"messages": [{"role": "system", "content": "x"}]}, "messages"),
    "content is a number": ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
    "an unknown part": ({"messages": [{"role": "user", "content": [{"type": "smell"}]}]}, "messages[0].content[0].type"),
    "an image that is none": (
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:text/html;base64,PGI+"}}]}]},
        "messages[0].content[0].image_url",
    ),
    "an image from a file": (
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}]},
        "messages[0].content[0].image_url",
    ),
    "an image that a provider would fetch in the clear": (
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://169.254.169.254/latest"}}]}]},
        "messages[0].content[0].image_url",
    ),
    "too hot": ({"temperature": 3}, "temperature"),
    "temperature is a text": ({"temperature": "hot"}, "temperature"),
    "no tokens": ({"max_tokens": 0}, "max_tokens"),
    "stream is a text": ({"stream": "yes"}, "stream"),
    "several answers": ({"n": 3}, "n"),
    "sound": ({"modalities": ["text", "audio"]}, "modalities"),
    "a schema that is none": (
        {"response_format": {"type": "json_schema", "json_schema": {"schema": 3}}},
        "response_format.json_schema.schema",
    ),
    "stops that are none": ({"stop": [1]}, "stop"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_field_is_named_and_nothing_is_asked(program: Headers, openai: ScriptedOpenAI, name: str) -> None:
    changes, param = WRONG[name]
    response = await ask(program, **changes)
    assert response.status_code == 400
    assert error_of(response)["param"] == param
    assert not openai.streams


TOO_DEEP = b'{"model": "pirate", "messages": [{"role": "user", "content": "Hello"}], "user": %b1%b}' % (b"[" * 300, b"]" * 300)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe", b'{"model": NaN}', b"null", b"[" * 5000, TOO_DEEP], ids=range(8))
async def test_what_is_no_json_object_is_refused(program: Headers, body: bytes) -> None:
    response = await AsyncClient().generic("POST", HERE, body, content_type="application/json", headers=program)
    assert response.status_code == 400
    assert error_of(response)["code"] == "invalid_json"


async def test_models_that_the_token_may_not_ask_do_not_exist(alice: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(program_of)(alice)
    chat_only = await sync_to_async(headers_of)(alice, "chat")
    assert error_of(await ask(chat_only, model="scripted-model"))["code"] == "model_not_found"
    reader = await sync_to_async(headers_of)(alice, "read_usage")
    assert (await ask(reader)).status_code == 403
    await SystemPrompt.objects.acreate(slug="unpublished", name="Not yet")
    everything = await sync_to_async(program_of)(alice)
    refused = await ask(everything, model="unpublished")  # the site's provider takes any name
    assert (refused.status_code, error_of(refused)["code"]) == (404, "model_not_found")
    assert not openai.streams


@pytest.mark.every_database
async def test_budgets_and_rates_count_it(alice: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(price)()
    program = await sync_to_async(program_of)(alice, requests_per_minute=1, monthly_tokens=100_000)
    in_force.forget()
    gate = Gate()
    openai.script(Text("Ahoy "), Hold(gate), Finish())
    async with streamed(program) as events:
        await anext(events)
        held = await Reservation.objects.aget()
        assert held.tokens > 0 and held.owner == alice.pk
        gate.open()
        _ = [event async for event in events]
    assert not await Reservation.objects.aexists()
    attempt = await Attempt.objects.select_related("token").aget()
    counter = await Spending.objects.aget(subject=f"token:{attempt.token_id}")
    assert counter.spent_tokens == (attempt.input_tokens or 0) + (attempt.output_tokens or 0) > 0
    assert (counter.spent_cost, counter.reserved_tokens, counter.reserved_cost) == (attempt.cost, 0, 0)
    refused = await ask(program)
    assert refused["x-ratelimit-remaining-requests"] == "0"
    assert refused["x-ratelimit-remaining-tokens"] == str(100_000 - counter.spent_tokens)
    assert (refused.status_code, error_of(refused)["code"]) == (429, "rate_limit_exceeded")
    assert int(refused["Retry-After"]) >= 1


async def test_what_images_take_is_held_back_with_the_text(alice: User, openai: ScriptedOpenAI) -> None:
    program = await sync_to_async(program_of)(alice, monthly_tokens=4_000)
    in_force.forget()
    image = {"type": "image_url", "image_url": {"url": PIXEL}}
    for content, status in (([image] * 3, 429), ([image], 200)):
        response = await ask(program, messages=[{"role": "user", "content": content}], max_tokens=20)
        assert response.status_code == status
    assert len(openai.streams) == 1


async def test_an_answer_is_given_though_the_database_went_meanwhile(
    alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def away(*of: object) -> None:
        asked.append(of)
        raise OperationalError("connection refused")

    monkeypatch.setattr(rate_headers, "of", away)
    program = await sync_to_async(program_of)(alice, requests_per_minute=9)
    in_force.forget()
    openai.script(Text("Ahoy!"), Finish())
    response = await ask(program)
    assert response.status_code == 200 and response.json()["choices"][0]["message"]["content"] == "Ahoy!"
    assert asked


async def test_while_the_process_stops_it_ends_and_no_other_begins(program: Headers, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("Ahoy "), Hold(gate), Finish())
    process = supervisor.current()
    try:
        async with streamed(program) as events:
            await anext(events)
            draining = asyncio.ensure_future(process.drain(0.01))
            *_, last = [event async for event in events]
            await draining
        assert last["error"]["code"] == "provider_lost"
        assert (await ask(program)).status_code == 503
    finally:
        process.is_draining = process.peers.presence.is_stopping = False
        gate.open()
