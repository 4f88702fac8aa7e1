"""What OpenAI's client for .NET sends, as its README and examples document it, is answered: its JSON, its headers and its way to write forms.

Taken from https://github.com/openai/openai-dotnet: the table below writes each kind of request in its form, about ships of our own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from conversations.models import Model, Provider, User
from conversations.routing import catalog
from tests.support.api import program_of
from tests.support.pictures import encoded, picture
from tests.support.scripted_openai import Answer, Finish, Text, ToolArguments, ToolCall, transcript
from tests.support.two_providers import MODEL, Providers

pytestmark = pytest.mark.django_db(transaction=True)

AGENT = {"User-Agent": "OpenAI/2.9.1 (.NET 9.0.8; Debian GNU/Linux 12)", "OpenAI-Organization": "org-1", "OpenAI-Project": "proj_1"}
BOUNDARY = "=V_K0dzM=x" * 7  # of 70 characters, some of which have to be quoted in a header
SCHEMA = {"type": "object", "properties": {"mast": {"type": "string"}}, "required": ["mast"], "additionalProperties": False}
FUNCTION = {"name": "FindShip", "description": "Finds a ship.", "parameters": SCHEMA}
SAID = {"role": "user", "content": "Which ship is that?"}
PICTURES = Answer(body={"created": 1, "data": [{"b64_json": "aGk="}]})
WORDS = Answer(steps=(Text("A sloop."), Finish()))
CALL = Answer(steps=(ToolCall("call_1", "FindShip"), ToolArguments('{"mast":"one"}'), Finish("tool_calls")))
RECORDING = b"RIFF\0\0\0\0WAVE" + b"fmt " * 900


class Sent(NamedTuple):
    """`passed`: what of it the provider gets. `said`: what the caller is told, somewhere in the answer."""

    path: str
    body: Any
    answer: Answer | None = WORDS
    passed: Mapping[str, Any] = {}
    said: str = "A sloop."
    accept: str = "application/json"


def form(*fields: tuple[str, Any], **files: tuple[str, bytes]) -> bytes:
    """As .NET's MultipartFormDataContent writes it: names of tokens without quotes, files' names twice, texts with a type."""
    parts = []
    for name, value in fields:
        quoted = f'"{name}"' if "[" in name else name
        parts.append(f"Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name={quoted}\r\n\r\n{value}".encode())
    for name, (file, content) in files.items():
        parts.append(f"Content-Disposition: form-data; name={name}; filename={file}; filename*=utf-8''{file}\r\n\r\n".encode() + content)
    return b"".join(b"--%b\r\n%b\r\n" % (BOUNDARY.encode(), part) for part in parts) + b"--%b--\r\n" % BOUNDARY.encode()


def chat(*messages: Any, **fields: Any) -> dict[str, Any]:
    return {"messages": list(messages or (SAID,)), "model": MODEL, **fields}


def item(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, **fields}


USER_ITEM = item("message", role="user", content=[item("input_text", text="Which ship is that?")])
CALLED = {"id": "call_1", "type": "function", "function": {"name": "FindShip", "arguments": '{"mast":"one"}'}}
EVENTS = "application/json, text/event-stream"
TABLE = {
    "a chat": Sent("chat/completions", chat()),
    "a streamed chat": Sent("chat/completions", chat(stream=True, stream_options={"include_usage": True}), said='"usage":{'),
    "a picture in a chat": Sent(
        "chat/completions",
        chat(
            {"role": "system", "content": [item("text", text="Be brief.")]},
            {
                "role": "user",
                "content": [
                    item("text", text="And this?"),
                    item("image_url", image_url={"url": f"data:image/png;base64,{encoded(picture())}"}),
                ],
            },
        ),
    ),
    "functions of a chat": Sent(
        "chat/completions",
        chat(tools=[item("function", function={**FUNCTION, "strict": True})], tool_choice="auto", parallel_tool_calls=False),
        CALL,
        {"parallel_tool_calls": False, "tool_choice": "auto"},
        '"finish_reason": "tool_calls"',
    ),
    "results of functions": Sent(
        "chat/completions",
        chat(
            SAID,
            {"role": "assistant", "content": "", "tool_calls": [CALLED]},
            {"role": "tool", "tool_call_id": "call_1", "content": "The Revenge"},
            tools=[item("function", function=FUNCTION)],
        ),
    ),
    "a chat by a schema": Sent(
        "chat/completions",
        chat(response_format=item("json_schema", json_schema={"name": "ship", "schema": SCHEMA, "strict": True})),
    ),
    "options of a chat": Sent(
        "chat/completions",
        chat(
            max_completion_tokens=90,
            temperature=0.5,
            top_p=1,
            frequency_penalty=0,
            stop=["\n\n"],
            seed=7,
            store=False,
            metadata={"voyage": "7"},
            user="visitor-1",
            reasoning_effort="low",
        ),
        passed={"max_tokens": 90, "temperature": 0.5, "stop": ["\n\n"], "seed": 7, "reasoning_effort": "low"},
    ),
    "a response": Sent("responses", {"model": MODEL, "input": [USER_ITEM]}, accept=EVENTS),
    "a streamed response": Sent(
        "responses", {"model": MODEL, "input": [USER_ITEM], "stream": True}, said="response.completed", accept=EVENTS
    ),
    "items that come again": Sent(
        "responses",
        {
            "model": MODEL,
            "input": [
                USER_ITEM,
                item("reasoning", id="rs_1", summary=[item("summary_text", text="Hm.")]),
                item(
                    "message",
                    id="msg_1",
                    status="completed",
                    role="assistant",
                    content=[item("output_text", text="Let me see.", annotations=[], logprobs=[])],
                ),
                item("function_call", id="fc_1", status="completed", call_id="call_1", name="FindShip", arguments='{"mast":"one"}'),
                item("function_call_output", call_id="call_1", output="The Revenge"),
            ],
            "tools": [item("function", **FUNCTION, strict=False)],
        },
        accept=EVENTS,
    ),
    "a response by a schema": Sent(
        "responses",
        {
            "model": MODEL,
            "input": [USER_ITEM],
            "text": {"format": item("json_schema", name="ship", schema=SCHEMA, strict=True)},
            "max_output_tokens": 90,
        },
        passed={"max_tokens": 90},
        accept=EVENTS,
    ),
    "an embedding": Sent(
        "embeddings",
        {"input": "A sloop", "model": MODEL, "encoding_format": "base64", "dimensions": 512},
        None,
        {"encoding_format": "base64", "dimensions": 512},
        "embedding",
    ),
    "embeddings": Sent("embeddings", {"input": ["A sloop", "A brig"], "model": MODEL, "encoding_format": "base64"}, None, said="embedding"),
    "a picture that is made": Sent(
        "images/generations",
        {"prompt": "A sloop", "model": MODEL, "quality": "high", "response_format": "b64_json", "size": "1792x1024", "style": "vivid"},
        PICTURES,
        {"style": "vivid", "response_format": "b64_json"},
        "aGk=",
    ),
    "a picture that is changed": Sent(
        "images/edits",
        form(
            ("prompt", "At night"),
            ("model", MODEL),
            ("n", 1),
            ("response_format", "b64_json"),
            ("size", "512x512"),
            image=("one.png", picture()),
            mask=("two.png", picture()),
        ),
        PICTURES,
        {"response_format": "b64_json", "size": "512x512"},
        "aGk=",
    ),
    "a transcript": Sent(
        "audio/transcriptions",
        form(
            *(("model", MODEL), ("language", "en"), ("response_format", "verbose_json"), ("temperature", "0.5")),
            *(("timestamp_granularities[]", "word"), ("timestamp_granularities[]", "segment")),
            file=("said.wav", RECORDING),
        ),
        transcript("Ahoy."),
        {"language": "en", "response_format": "verbose_json"},
        "Ahoy.",
    ),
    "a translation": Sent("audio/translations", form(("model", MODEL), file=("said.wav", RECORDING)), transcript("Ahoy."), said="Ahoy."),
    "speech": Sent(
        "audio/speech",
        {"model": MODEL, "input": "Ahoy", "voice": "alloy", "response_format": "wav"},
        None,
        {"voice": "alloy"},
        "\xff\xfb",
        "application/octet-stream, text/event-stream",
    ),
    "models": Sent("models", None, None, said=MODEL),
    "a model": Sent(f"models/{MODEL}", None, None, said=MODEL),
}


async def sent(
    headers: Mapping[str, str], path: str, body: Any = None, method: str = "", accept: str = "application/json"
) -> tuple[int, str]:
    kind = f'multipart/form-data; boundary="{BOUNDARY}"' if isinstance(body, bytes) else "application/json"
    content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
    response: Any = await AsyncClient().generic(
        method or ("GET" if body is None else "POST"),
        f"/v1/{path}",
        content,
        kind if content else "",
        headers={**AGENT, **headers, "Accept": accept},
    )
    pieces = [piece async for piece in response] if response.streaming else [response.content]
    return response.status_code, b"".join(pieces).decode("latin-1")


@pytest.fixture
async def caller(alice: User, providers: Providers) -> Mapping[str, str]:
    return await sync_to_async(program_of)(alice)


async def can_do_more(*, more: bool) -> None:
    """Whether the model makes pictures, vectors, text of recordings and speech in place of answers."""
    await Model.objects.all().aupdate(draws=more, embeds=more, transcribes=more, speaks=more, takes_images=True)
    catalog.forget()


async def test_each_documented_request_is_answered(caller: Mapping[str, str], providers: Providers) -> None:
    for name, one in TABLE.items():
        await can_do_more(more=one.path.startswith(("embeddings", "images", "audio")))
        if one.answer is not None:
            providers.near.queue(one.answer)
        status, said = await sent(caller, one.path, one.body, accept=one.accept)
        assert status == 200 and one.said in said, (name, status, said)
        if one.body is not None:
            got = providers.near.requests[-1].body
            assert {key: got.get(key) for key in one.passed} == one.passed, name
    mask = next(request for request in providers.near.requests if request.path.endswith("/edits")).body["mask"]
    assert mask.content == picture()


async def test_responses_that_are_kept_are_read_and_ended(caller: Mapping[str, str], providers: Providers) -> None:
    """By their id, with the query and the bodies that the client has for that."""
    asked = {"model": "pirate", "input": [USER_ITEM], "store": True, "tools": [item("function", **FUNCTION, strict=False)]}
    providers.near.queue(CALL)
    status, said = await sent(caller, "responses", asked, accept=EVENTS)
    first = orjson.loads(said)
    assert status == 200 and first["output"][-1]["arguments"] == '{"mast":"one"}'
    providers.near.queue(WORDS)
    result = item("function_call_output", call_id="call_1", output="The Revenge")
    _, said = await sent(caller, "responses", {**asked, "input": [result], "previous_response_id": first["id"]}, accept=EVENTS)
    here = f"responses/{orjson.loads(said)['id']}"
    for path, method, expected in (
        (f"{here}?include%5B%5D=reasoning.encrypted_content", "GET", "A sloop."),
        (f"{here}?stream=true&starting_after=1&include_obfuscation=false", "GET", "response.completed"),
        (f"{here}/input_items?limit=20&order=asc", "GET", "The Revenge"),
        (f"{here}/cancel", "POST", '"completed"'),
        (here, "DELETE", "has_others"),
    ):
        status, said = await sent(caller, path, None, method)
        assert expected in said, (path, status, said)


async def test_fields_that_are_not_documented_are_refused(caller: Mapping[str, str], providers: Providers) -> None:
    """They may name other models, and so other prices."""
    await can_do_more(more=True)
    for path, body, param in (
        ("embeddings", {"input": "A sloop", "model": MODEL, "models": ["dearer"]}, "models"),
        ("images/generations", {"prompt": "A sloop", "model": MODEL, "svg": {"model": "dearer"}}, "svg"),
        ("images/edits", form(("prompt", "x"), ("model", MODEL), ("svg[model]", "dearer"), image=("a.png", picture())), "svg[model]"),
        ("images/edits", form(("prompt", "x"), ("model", MODEL), image=("a.png", picture()), markup=("b.png", picture())), "markup"),
        ("audio/translations", form(("model", MODEL), ("language", "en"), file=("said.wav", RECORDING)), "language"),
        ("audio/speech", {"model": MODEL, "input": "Ahoy", "voice": "alloy", "provider": {}}, "provider"),
    ):
        status, said = await sent(caller, path, body)
        error = orjson.loads(said)["error"]
        assert (status, error["param"], error["code"], error["type"]) == (400, param, "unknown_parameter", "invalid_request_error"), said
    assert not providers.near.requests


async def test_where_no_picture_comes_one_other_provider_is_asked(caller: Mapping[str, str], providers: Providers) -> None:
    """What came to nothing may have to be paid for all the same."""
    await can_do_more(more=True)
    asked = {"prompt": "A sloop", "model": MODEL}
    nothing = [Answer(body={"created": 1, "data": []})] * 9
    providers.near.queue(*nothing)
    providers.far.queue(PICTURES, *nothing)
    assert (await sent(caller, "images/generations", asked))[0] == 200
    assert [len(server.requests) for server in (providers.near, providers.far)] == [1, 1]
    assert (await sent(caller, "images/generations", asked))[0] == 503
    assert [len(server.requests) for server in (providers.near, providers.far)] == [2, 2]
    await Provider.objects.filter(pk=providers.far_row.pk).aupdate(enabled=False)
    catalog.forget()
    assert (await sent(caller, "images/generations", asked))[0] == 503
    assert len(providers.near.requests) == 3, "It isn't asked for the same again."
