"""Programs ask assistants and models as they ask OpenAI's Responses API, over all that an answer in the page goes through."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import AsyncClient
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from conversations.api.responses.events import Events
from conversations.models import Attempt
from conversations.processes import supervisor
from conversations.providers.parts import Call
from tests.support.api import Headers, error_of
from tests.support.scripted_openai import (
    Cites,
    Finish,
    Gate,
    Hangup,
    Hold,
    Reasoning,
    Refusal,
    ScriptedOpenAI,
    Text,
    ToolArguments,
    ToolCall,
    failure,
)

pytestmark = pytest.mark.django_db(transaction=True)

EVENT: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)
HERE = "/v1/responses"
WEATHER = {"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}


async def ask(program: Headers, **fields: Any) -> Any:
    body = {"model": "pirate", "input": "Hello", **fields}
    return await AsyncClient().post(HERE, body, content_type="application/json", headers=program)


def events_of(said: bytes) -> list[dict[str, Any]]:
    found = []
    for event in filter(None, said.decode().split("\n\n")):
        name, data = event.split("\n")
        found.append(json.loads(data.removeprefix("data: ")))
        assert name == f"event: {found[-1]['type']}"
    return found


async def streamed(program: Headers, **fields: Any) -> list[dict[str, Any]]:
    response = await ask(program, stream=True, **fields)
    assert response.status_code == 200, response.content
    return events_of(b"".join([event async for event in response]))


async def test_an_answer_comes_whole_with_what_it_took(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.script(Reasoning("A ship."), Text("Ahoy "), Text("there!"), Finish())
    items = [
        {"role": "developer", "content": "He is from Bristol."},
        {"role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Arr."}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"role": "user", "content": "Hello"},
    ]
    asked = {"input": items, "instructions": "Be brief.", "top_p": 0.5, "max_output_tokens": 50, "metadata": {"run": "7"}}
    answer = (await ask(program, **asked)).json()
    assert (answer["object"], answer["status"], answer["model"], answer["store"]) == ("response", "completed", "pirate", False)
    assert (answer["instructions"], answer["top_p"], answer["metadata"]) == ("Be brief.", 0.5, {"run": "7"})
    reasoning, message = answer["output"]
    assert (reasoning["type"], reasoning["summary"]) == ("reasoning", [{"type": "summary_text", "text": "A ship."}])
    assert message["content"] == [{"type": "output_text", "text": "Ahoy there!", "annotations": [], "logprobs": []}]
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0
    (request,) = openai.streams
    assert request.system == "Talk like a pirate.\n\nBe brief.\n\nHe is from Bristol."
    assert [turn["role"] for turn in request.body.get("input") or request.body["messages"][1:]] == ["user", "assistant", "user"]
    attempt = await Attempt.objects.select_related("prompt_version__prompt").aget()
    assert (attempt.purpose, attempt.outcome, attempt.reply_id) == ("api", "ok", None)


async def test_it_is_streamed_as_typed_events(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.script(Reasoning("A ship."), Text("Ahoy "), Text("there!"), Finish())
    events = await streamed(program)
    names = [event["type"].removeprefix("response.") for event in events]
    assert names[:2] == ["created", "in_progress"] and names[-1] == "completed"
    order = ["output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta", "reasoning_summary_text.done"]
    order += ["reasoning_summary_part.done", "output_item.done"]
    order += ["output_item.added", "content_part.added", "output_text.delta", "output_text.done", "content_part.done", "output_item.done"]
    assert list(dict.fromkeys(names[2:-1])) == list(dict.fromkeys(order))
    numbers = [event["sequence_number"] for event in events]
    assert numbers == sorted(set(numbers))
    deltas = [event for event in events if event["type"] == "response.output_text.delta"]
    assert "".join(event["delta"] for event in deltas) == "Ahoy there!"
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert events[-1]["response"]["output"] == done
    assert {event["item_id"] for event in deltas} == {done[1]["id"]}
    assert events[-1]["response"]["usage"]["total_tokens"] > 0
    for event in events:
        EVENT.validate_python(event)  # the SDK itself takes what lacks a field, and fails where a program reads it


async def test_pages_that_an_answer_cites_are_its_annotations(program: Headers, openai: ScriptedOpenAI) -> None:
    steps = Text("It is "), Cites("https://example.org/rome", "Rome"), Text("warm."), Cites("https://example.org/rome", "Rome"), Finish()
    cited = {"type": "url_citation", "url": "https://example.org/rome", "title": "Rome", "start_index": 0, "end_index": 11}
    for more in ({}, {"store": True}):
        openai.script(*steps)
        assert (await ask(program, **more)).json()["output"][0]["content"][0]["annotations"] == [cited]
        openai.script(*steps)
        events = await streamed(program, **more)
        (added,) = [event for event in events if event["type"] == "response.output_text.annotation.added"]
        assert added["annotation"] == cited
        (done,) = [event["item"] for event in events if event["type"] == "response.output_item.done"]
        assert done["content"][0]["annotations"] == [cited] and events[-1]["response"]["output"] == [done]
        numbers = [event["sequence_number"] for event in events]
        assert numbers == sorted(set(numbers))
        for event in events:
            EVENT.validate_python(event)


async def test_functions_are_called_and_their_results_sent_back(program: Headers, openai: ScriptedOpenAI) -> None:
    rome = '{"city":"Rome"}'
    openai.script(ToolCall("call_1", "weather"), ToolArguments(rome[:6]), ToolArguments(rome[6:]), Finish("tool_calls"))
    events = await streamed(program, tools=[WEATHER], tool_choice={"type": "function", "name": "weather"})
    assert "".join(event["delta"] for event in events if event["type"] == "response.function_call_arguments.delta") == rome
    (called,) = events[-1]["response"]["output"]
    assert (called["type"], called["call_id"], called["name"], called["arguments"]) == ("function_call", "call_1", "weather", rome)
    openai.script(Text("21 degrees."), Finish())
    items = [{"role": "user", "content": "Is it warm?"}, called, {"type": "function_call_output", "call_id": "call_1", "output": "21"}]
    assert (await ask(program, input=items, tools=[WEATHER])).json()["output"][0]["content"][0]["text"] == "21 degrees."
    sent = json.dumps(openai.streams[-1].body)
    assert sent.count("call_1") == 2 and "21" in sent


async def test_an_answer_that_is_cut_off_is_incomplete(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.script(Text("Ahoy"), Finish("length"))
    answer = (await ask(program)).json()
    assert (answer["status"], answer["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    openai.script(Text("Ahoy"), Finish("length"))
    assert (await streamed(program))[-1]["type"] == "response.incomplete"


async def test_a_refusal_is_one(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.script(Refusal("No."), Finish())
    assert (await ask(program)).json()["output"][0]["content"] == [{"type": "refusal", "refusal": "No."}]


async def test_what_fails_before_the_first_word_has_a_status(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.queue(failure(401, "Incorrect API key provided: sk-secret"))
    response = await ask(program, stream=True)
    assert response.status_code == 503
    assert "sk-secret" not in error_of(response)["message"]


async def test_what_breaks_off_later_is_told_in_the_stream(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.script(ToolCall("call_1", "weather"), ToolArguments("{"), Hangup())  # nothing goes on with a call
    last = (await streamed(program, tools=[WEATHER]))[-1]
    assert last["type"] == "response.failed" and last["response"]["status"] == "failed"
    assert last["response"]["error"]["message"] and last["response"]["output"][0]["status"] == "incomplete"


async def test_a_caller_who_leaves_ends_it(program: Headers, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("Ahoy "), Hold(gate), Finish())
    events = aiter(await ask(program, stream=True))
    await anext(events)
    await events.aclose()
    assert await openai.streams[0].client_left() < 5
    gate.open()
    await supervisor.current().unstored.until_done(5)
    assert (await Attempt.objects.aget()).outcome == "stopped"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"input": []}, "input"),
    ({"input": None}, "input"),
    ({"input": 7}, "input"),
    ({"input": ["Hello"]}, "input[0]"),
    ({"input": [{"role": "pirate", "content": "Hi"}]}, "input[0].role"),
    ({"input": [{"type": "computer_call"}]}, "input[0].type"),
    ({"input": [{"role": "user", "content": [{"type": "video"}]}]}, "input[0].content[0].type"),
    ({"input": [{"role": "system", "content": "Be brief."}]}, "input"),
    ({"input": [{"type": "function_call_output", "output": "21"}]}, "input[0].call_id"),
    ({"model": ""}, "model"),
    ({"temperature": 9}, "temperature"),
    ({"temperature": "hot"}, "temperature"),
    ({"max_output_tokens": 0}, "max_output_tokens"),
    ({"reasoning": {"effort": "huge"}}, "effort"),
    ({"text": {"format": {"type": "json_schema", "schema": 1}}}, "text.format.schema"),
    ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
    ({"tools": [{"type": "function", "name": "a b"}]}, "tools[0].name"),
    ({"tools": [{**WEATHER, "parameters": "x"}]}, "tools[0].parameters"),
    ({"tools": [WEATHER], "tool_choice": {"type": "function", "name": "other"}}, "tool_choice"),
    ({"tools": [WEATHER], "parallel_tool_calls": "yes"}, "parallel_tool_calls"),
]


async def test_a_wrong_field_is_named_and_nothing_is_asked(program: Headers, openai: ScriptedOpenAI) -> None:
    for fields, param in WRONG:
        response = await ask(program, **fields)
        assert response.status_code == 400, fields
        assert error_of(response)["param"] == param, fields
    assert not openai.streams and not await Attempt.objects.aexists()


def _written(pieces: list[tuple[str, str, Call | None]], after: int = -1) -> list[dict[str, Any]]:
    events = Events("resp_1", after)
    said = [events.beginning({"id": "resp_1"}), *(events.said(*piece) for piece in pieces), events.close("completed")]
    return events_of(b"".join([*said, events.end({"status": "completed"})]))


def test_numbers_stay_the_same_however_the_text_is_cut() -> None:
    call = Call("call_1", "weather")
    fine = [("text", letter, None) for letter in "Ahoy"] + [("tool_call", "{", call), ("tool_call", "}", None), ("tool_call", "{}", call)]
    coarse = [("text", "Ahoy", None), ("tool_call", "{}", call), ("tool_call", "{}", call)]
    every, few = _written(fine), _written(coarse)
    numbers = [event["sequence_number"] for event in every]
    assert numbers == sorted(set(numbers))
    assert {event["sequence_number"] for event in few} <= set(numbers)
    for number in numbers:
        later, expected = _written(coarse, number), [event for event in every if event["sequence_number"] > number]
        assert _text(later) == _text(expected)
        others = [[event for event in some if not event["type"].endswith("delta")] for some in (later, expected)]
        assert others[0] == others[1]


def _text(events: list[dict[str, Any]]) -> str:
    return "|".join(f"{event['output_index']}{letter}" for event in events if "delta" in event for letter in event["delta"])
