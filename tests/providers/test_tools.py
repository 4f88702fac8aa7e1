"""Functions that a caller lets the model call go along over either API, and its calls come back as deltas, whatever form a server gives them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conversations.providers import responses
from conversations.providers.endpoint import Api, Endpoint
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
    "by turns": [
        chunk(call(0, "call_1", "weather", ROME[:5]), call(1, "call_2", "now", "")),
        chunk(call(1, None, None, "{")),
        chunk(call(0, None, None, ROME[5:])),
        chunk(call(1, None, None, "}")),
    ],
    "by turns, known by their ids": [
        chunk(call(0, "call_1", "weather", ""), call(0, "call_2", "now", "{")),
        chunk(call(0, "call_1", "weather", ROME[:5])),
        chunk(call(0, "call_2", "now", "}"), call(0, "call_1", "weather", ROME[5:])),
    ],
    "the id later": [chunk(call(0, None, "weather", "")), chunk(call(0, "call_1", None, ROME)), chunk(call(1, "call_2", "now", ""))],
}


@pytest.mark.parametrize("form", UNTIDY)
async def test_forms_of_other_servers(form: str) -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.script(*UNTIDY[form], Finished("tool_calls"))
        *found, finish = await calls(endpoint)
        assert finish == Finish("tool_calls")
        assert [(one.call, json.loads(one.text)) for one in found] == [(one.call, json.loads(one.text)) for one in CALLS]


async def test_what_a_call_is_called_can_be_stored() -> None:
    """Whatever the server writes there: no database takes a text with NUL or half of a surrogate pair."""
    async with provider("chat_completions") as (server, endpoint):
        server.script(chunk(call(0, "call\0_1", "wea\ud800ther", ROME)), Finished("tool_calls"))
        (found, _) = await calls(endpoint)
        assert found.call == Call("call\ufffd_1", "wea?ther")


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


@pytest.mark.parametrize("order", ["0011", "0101", "1010", "0110"])
async def test_items_of_a_response_that_come_by_turns_are_kept_apart(order: str) -> None:
    """The first is told as it comes, the other one once it is whole; from amid them no other stream is taken up."""
    halves = {"0": [ROME[:5], ROME[5:]], "1": ["{", "}"]}
    items = [{"type": "function_call", "call_id": one.call.id, "name": one.call.name, "arguments": ""} for one in CALLS if one.call]
    begun = [{"type": "response.output_item.added", "output_index": number, "item": one} for number, one in enumerate(items)]
    deltas = [
        {
            "type": "response.function_call_arguments.delta",
            "output_index": int(one),
            "delta": halves[one].pop(0),
            "sequence_number": 5 + number,
        }
        for number, one in enumerate(order)
    ]
    events = [{"type": "response.created", "response": {"id": "resp_1"}, "sequence_number": 0}, *begun]
    answer = responses.Response(Endpoint("http://provider", "responses", "key", "scripted", 8_000), has_tools=True)
    found: list[Any] = []
    for event in (*events, *deltas):
        answer.read(event)
        found += answer.deltas.take()
        told = {one.call for one in found if one.call}
        assert (answer.position is None) == (event in begun or (event in deltas and len(told) < 2))
    answer.read({"type": "response.completed", "response": {}, "sequence_number": 9})
    found += answer.deltas.take()
    assert [one.call for one in found if one.call] == [one.call for one in CALLS]
    at = next(number for number, one in enumerate(found) if one.call == CALLS[1].call)
    assert ["".join(one.text for one in some) for some in (found[:at], found[at:])] == [ROME, "{}"]


async def test_what_follows_a_whole_call_is_an_error_instead_of_wrong_arguments() -> None:
    async with provider("chat_completions") as (server, endpoint):
        server.script(
            chunk(call(0, "call_1", "weather", "{}")), chunk(call(1, "call_2", "now", "{")), chunk(call(0, None, None, "}")), Raw(b"")
        )
        assert "after its end" in (await until_failure(endpoint, tools=TOOLS))[1].cause


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
