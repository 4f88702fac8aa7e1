"""Functions that a caller lets the model call go along over either API, and its calls come back as deltas, whatever form a server gives them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conversations.providers.endpoint import Api
from conversations.providers.parts import Call, Delta, Finish
from conversations.providers.request import Turn
from conversations.providers.tools import Function, ToolCall, Tools
from tests.support.provider_stream import on_both_wires, parts, provider, until_failure
from tests.support.scripted_openai import Event, Raw, Step, Text, ToolArguments
from tests.support.scripted_openai import Finish as Finished
from tests.support.scripted_openai import ToolCall as Called

WEATHER = Function("weather", "Of a city.", {"type": "object", "properties": {"city": {"type": "string"}}}, strict=True)
TOOLS = Tools([WEATHER, Function("now")], choice="required", parallel=False)
CALLS = [Delta("tool_call", '{"city": "Rome"}', Call("call_1", "weather")), Delta("tool_call", "{}", Call("call_2", "now"))]


async def calls(endpoint: Any) -> list[Any]:
    return [part for part in await parts(endpoint, tools=TOOLS) if isinstance(part, Delta | Finish)]


@on_both_wires
@pytest.mark.parametrize("size", [0, 1, 7])
async def test_calls_come_as_deltas_whose_first_names_the_call(api: Api, size: int) -> None:
    async with provider(api) as (server, endpoint):
        beginning: list[Step] = [Called("call_1", "weather"), ToolArguments('{"city": '), ToolArguments('"Rome"}'), Called("call_2", "now")]
        server.script(Text("Let me see."), *beginning, ToolArguments("{}"), Finished("tool_calls"), bytes_per_write=size)
        assert await calls(endpoint) == [Delta("text", "Let me see."), *CALLS, Finish("tool_calls")]


@on_both_wires
async def test_a_call_without_arguments_has_empty_ones(api: Api) -> None:
    async with provider(api) as (server, endpoint):
        server.script(Called("call_2", "now"), Finished("stop"))
        assert await calls(endpoint) == [CALLS[1], Finish("tool_calls")]


@on_both_wires
async def test_without_tools_calls_are_passed_over(api: Api) -> None:
    async with provider(api) as (server, endpoint):
        server.script(Text("Hm."), Called("call_1", "weather"), ToolArguments("{}"), Finished("tool_calls"))
        assert [part for part in await parts(endpoint) if isinstance(part, Delta)] == [Delta("text", "Hm.")]


def chunk(*called: dict[str, Any]) -> Event:
    return Event({"choices": [{"index": 0, "delta": {"tool_calls": list(called)}}]})


def call(number: int | None, call_id: str | None, name: str | None, arguments: Any) -> dict[str, Any]:
    numbered = {} if number is None else {"index": number}
    return {**numbered, "id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


ROME = '{"city": "Rome"}'
UNTIDY = {
    "all at once": [chunk(call(0, "call_1", "weather", ROME), call(1, "call_2", "now", ""))],
    "all with the same number": [chunk(call(0, "call_1", "weather", ROME)), chunk(call(0, "call_2", "now", "{}"))],
    "without numbers": [chunk(call(None, "call_1", "weather", ROME)), chunk(call(None, "call_2", "now", None))],
    "id and name each time": [
        *(chunk(call(0, "call_1", "weather", half)) for half in (ROME[:5], ROME[5:])),
        chunk(call(1, "call_2", "now", "")),
    ],
    "an object": [chunk(call(0, "call_1", "weather", {"city": "Rome"}), call(1, "call_2", "now", {}))],
    "the id later": [chunk(call(0, None, "weather", "")), chunk(call(0, "call_1", None, ROME)), chunk(call(1, "call_2", "now", ""))],
}


@pytest.mark.parametrize("form", UNTIDY)
async def test_forms_of_other_servers(form: str) -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.script(*UNTIDY[form], Finished("tool_calls"))
        *found, finish = await calls(endpoint)
        assert finish == Finish("tool_calls")
        assert [(one.call, json.loads(one.text)) for one in found] == [(one.call, json.loads(one.text)) for one in CALLS]


async def test_calls_that_are_only_in_the_whole_response() -> None:
    item = {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": ROME}
    now = {"type": "function_call", "call_id": "call_2", "name": "now", "arguments": ""}
    for events in (
        [{"type": "response.completed", "response": {"output": [item, now]}}],
        [{"type": "response.output_item.done", "output_index": number, "item": one} for number, one in enumerate((item, now))]
        + [{"type": "response.completed", "response": {"output": [item, now]}}],
    ):
        async with provider("responses") as (server, endpoint):
            server.script(*map(Event, events))
            assert await calls(endpoint) == [*CALLS, Finish("tool_calls")]


async def test_mixed_calls_are_an_error_instead_of_wrong_arguments() -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.script(
            chunk(call(0, "call_1", "weather", "{")), chunk(call(1, "call_2", "now", "{")), chunk(call(0, None, None, "}")), Raw(b"")
        )
        assert "mixed" in (await until_failure(endpoint, tools=TOOLS))[1].cause


TURNS = [
    Turn("user", "Is it warm?"),
    Turn("assistant", "Let me see.", calls=(ToolCall("call_1", "weather", ROME),)),
    Turn("user", "21 degrees", call_id="call_1"),
]


async def test_what_chat_completions_are_asked() -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.script(Text("Yes."), Finished())
        await parts(endpoint, tools=TOOLS, turns=TURNS)
        body = server.streams[0].body
        called = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ROME}}
        assert body["messages"][2:] == [
            {"role": "assistant", "content": "Let me see.", "tool_calls": [called]},
            {"role": "tool", "tool_call_id": "call_1", "content": "21 degrees"},
        ]
        weather = {"name": "weather", "description": "Of a city.", "parameters": WEATHER.parameters, "strict": True}
        empty = {"name": "now", "parameters": {"type": "object", "properties": {}}}
        assert body["tools"] == [{"type": "function", "function": weather}, {"type": "function", "function": empty}]
        assert (body["tool_choice"], body["parallel_tool_calls"]) == ("required", False)


async def test_what_responses_are_asked() -> None:
    async with provider("responses") as (server, endpoint):
        server.script(Text("Yes."), Finished())
        await parts(endpoint, tools=Tools([WEATHER], named="weather"), turns=TURNS)
        body = server.streams[0].body
        assert body["input"][2:] == [
            {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": ROME},
            {"type": "function_call_output", "call_id": "call_1", "output": "21 degrees"},
        ]
        weather = {"name": "weather", "description": "Of a city.", "parameters": WEATHER.parameters, "strict": True}
        assert body["tools"] == [{"type": "function", **weather}]
        assert body["tool_choice"] == {"type": "function", "name": "weather"} and "parallel_tool_calls" not in body
