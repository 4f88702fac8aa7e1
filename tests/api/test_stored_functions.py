"""A stored response calls a program's functions and follows formats: calls and results are kept in pairs, and the page goes on from there."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from conversations.commands import exchange
from conversations.commands.refusals import Refused
from conversations.generation.left_out import LeftOut
from conversations.generation.request_builder import request_for
from conversations.models import Message, Status, User
from conversations.models.identifiers import new_id
from conversations.providers import chat_completions, responses_request
from conversations.routing import routes
from tests.api.test_responses import EVENT, ask, events_of
from tests.api.test_stored_responses import HERE, events, get, said
from tests.support.api import Headers, error_of
from tests.support.scripted_openai import Finish, Gate, Hangup, Hold, ScriptedOpenAI, Text, ToolArguments, ToolCall

pytestmark = pytest.mark.django_db(transaction=True)

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
TOOLS = [{"type": "function", "name": "weather", "description": "The weather\0 now", "parameters": PARAMETERS, "strict": True}]
ROME, PARIS = '{"city": "Rome"}', '{"city": "Paris"}'
CALLS = (
    ToolCall("call_1", "weather"),
    ToolArguments(ROME[:6]),
    ToolArguments(ROME[6:]),
    ToolCall("call_2", "weather"),
    ToolArguments(PARIS),
)


def output(call: str, text: str) -> dict[str, str]:
    return {"type": "function_call_output", "call_id": call, "output": text}


def asked(openai: ScriptedOpenAI) -> dict[str, Any]:
    """What the last answer was asked with; titles are asked for, too."""
    return [stream.body for stream in openai.streams if stream.system.startswith("Talk like")][-1]


def turns(body: dict[str, Any]) -> list[Any]:
    """What a request of Chat Completions says, in short."""
    return [
        [call["id"] for call in one["tool_calls"]] if one.get("tool_calls") else (one.get("tool_call_id") or one["role"], one["content"])
        for one in body["messages"][1:]
    ]


async def test_its_calls_are_streamed_kept_and_answered(program: Headers, openai: ScriptedOpenAI, alice: User) -> None:
    gate = Gate()
    openai.script(Text("Let me see."), *CALLS[:2], Hold(gate), *CALLS[2:], Finish("tool_calls"))
    stream = aiter(await ask(program, store=True, stream=True, tools=TOOLS, tool_choice="auto", parallel_tool_calls=True))
    seen: list[dict[str, Any]] = []
    while not any(event["type"].endswith("arguments.delta") for event in seen):
        seen += events_of(await anext(stream))
    response_id, last = seen[0]["response"]["id"], seen[-1]["sequence_number"]
    await stream.aclose()
    running = (await get(program, response_id)).json()
    assert [item["type"] for item in running["output"]] in ([], ["message"], ["message", "function_call"])
    resumed = await get(program, response_id, stream="true", starting_after=last)
    gate.open()
    rest = await events(resumed)
    whole = await events(await get(program, response_id, stream="true"))
    for event in whole:
        EVENT.validate_python(event)
    arguments: dict[int, str] = {}
    for event in (*seen, *rest):
        if event["type"].endswith("arguments.delta"):
            arguments[event["output_index"]] = arguments.get(event["output_index"], "") + event["delta"]
    assert arguments == {1: ROME, 2: PARIS} and said(whole) == "Let me see."
    done = [event for event in whole if event["type"].endswith("arguments.done")]
    assert [(event["output_index"], event["name"], event["arguments"]) for event in done] == [(1, "weather", ROME), (2, "weather", PARIS)]
    response = (await get(program, response_id)).json()
    assert whole[-1]["response"] == rest[-1]["response"] == response
    assert [(item["type"], item.get("call_id"), item.get("arguments")) for item in response["output"]] == [
        ("message", None, None),
        ("function_call", "call_1", ROME),
        ("function_call", "call_2", PARIS),
    ]
    assert response["tools"] == [{**TOOLS[0], "description": "The weather\ufffd now"}] and response["parallel_tool_calls"] is True
    asked_tools = asked(openai)["tools"]
    openai.script(Text("Both are warm."), Finish())
    results = [output("call_2", "19"), output("call_1", "21"), {"role": "user", "content": "Which is warmer?"}]
    following = (await ask(program, previous_response_id=response_id, input=results, tools=TOOLS)).json()
    assert following["output"][0]["content"][0]["text"] == "Both are warm."
    assert (response["previous_response_id"], following["previous_response_id"]) == (None, response_id)
    assert turns(asked(openai)) == [
        ("user", "Hello"),
        ["call_1", "call_2"],
        ("call_1", "21"),
        ("call_2", "19"),
        ("user", "Which is warmer?"),
    ]
    listed = (await AsyncClient().get(f"{HERE}/{following['id']}/input_items?order=asc&limit=2", headers=program)).json()
    assert [(item["type"], item.get("call_id"), item.get("output")) for item in listed["data"]] == [
        ("function_call_output", "call_2", "19"),
        ("function_call_output", "call_1", "21"),
    ]
    assert listed["has_more"] and listed["last_id"] == listed["data"][-1]["id"]
    more = await AsyncClient().get(f"{HERE}/{following['id']}/input_items?order=asc&after={listed['last_id']}", headers=program)
    wrong = [("limit", "0"), ("limit", "101"), ("limit", "000000001" + "0" * 5000), ("order", "up"), ("after", "msg_unknown")]
    for name, value in wrong:
        refused = await AsyncClient().get(f"{HERE}/{following['id']}/input_items?{name}={value}", headers=program)
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, name)
    assert [item["content"] for item in more.json()["data"]] == [[{"type": "input_text", "text": "Which is warmer?"}]]
    assert more.json()["has_more"] is False
    latest_first = (await AsyncClient().get(f"{HERE}/{following['id']}/input_items", headers=program)).json()["data"]
    assert latest_first == [*more.json()["data"], *reversed(listed["data"])]
    question = await Message.objects.select_related("parent").aget(children=uuid.UUID(following["id"].removeprefix("resp_")))
    assert [(part["type"], part.get("name")) for part in question.parts] == [("tool_result", "weather")] * 2 + [("text", None)]
    assert question.parent is not None and await sync_to_async(asked_again)(question.parent_id) == asked_tools
    for command, message in (
        (exchange.edit, {"message_id": question.pk, "text": "Hi"}),
        (exchange.resume, {"message_id": question.parent_id}),
    ):
        with pytest.raises(Refused):
            await sync_to_async(command)(alice, new_id(), **message)


def asked_again(reply: Any) -> Any:
    """The functions that another process, or another provider, is asked with: what is stored says them."""
    route = routes.choose("", routes.Tried())
    assert route.endpoint is not None
    request, _ = request_for(Message.objects.get(pk=reply), route.endpoint, route.offer, None, LeftOut())
    return chat_completions.body(route.endpoint, request, set())["tools"]


def page_request(alice: User, conversation: uuid.UUID, text: str) -> list[dict[str, Any]]:
    """What both wires are given as a user goes on by the page."""
    made = exchange.send(alice, new_id(), conversation_id=conversation, parent_id=None, text=text, prompt=None)
    route = routes.choose("", routes.Tried())
    assert route.endpoint is not None
    request, _ = request_for(made.reply, route.endpoint, route.offer, None, LeftOut())
    Message.objects.filter(pk=made.reply.pk).update(status=Status.COMPLETE, parts=[{"type": "text", "text": "Aye."}])
    return [wire.body(route.endpoint, request, set()) for wire in (chat_completions, responses_request)]


async def test_the_page_goes_on_with_whole_pairs_alone(program: Headers, openai: ScriptedOpenAI, alice: User) -> None:
    openai.script(*CALLS, Finish("tool_calls"))
    first = (await ask(program, store=True, tools=TOOLS)).json()
    conversation = uuid.UUID(first["conversation"]["id"].removeprefix("conv_"))
    chat, wire = await sync_to_async(page_request)(alice, conversation, "Well?")
    assert turns(chat) == [("user", "Hello\n\nWell?")] and "tools" not in chat, "Nothing answered the calls."
    assert [item["role"] for item in wire["input"]] == ["user"]
    openai.script(Text("Warm."), Finish())
    answered = (await ask(program, previous_response_id=first["id"], input=[output("call_1", "21"), output("call_2", "19")])).json()
    assert answered["status"] == "completed"
    chat, wire = await sync_to_async(page_request)(alice, conversation, "And now?")
    assert turns(chat) == [
        ("user", "Hello"),
        ["call_1", "call_2"],
        ("call_1", "21"),
        ("call_2", "19"),
        ("assistant", "Warm."),
        ("user", "And now?"),
    ]
    assert [item.get("type", item.get("role")) for item in wire["input"]] == [
        "user",
        *["function_call"] * 2,
        *["function_call_output"] * 2,
        "message",
        "user",
    ]


async def test_a_whole_loop_comes_with_one_request_and_a_format_with_another(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.script(Text('{"degrees": 21}'), Finish())
    call = {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": ROME}
    loop = [{"role": "user", "content": "Is it warm?"}, call, output("call_1", "21"), {"role": "user", "content": "In degrees."}]
    text = {"format": {"type": "json_schema", "name": "degrees", "schema": PARAMETERS, "strict": True}}
    response = (await ask(program, store=True, input=loop, text=text)).json()
    assert response["text"] == text and json.loads(response["output"][0]["content"][0]["text"]) == {"degrees": 21}
    body = asked(openai)
    assert body["response_format"]["json_schema"]["schema"] == PARAMETERS and "tools" not in body
    assert turns(body) == [("user", "Is it warm?"), ["call_1"], ("call_1", "21"), ("user", "In degrees.")]
    items = (await AsyncClient().get(f"{HERE}/{response['id']}/input_items?order=asc", headers=program)).json()["data"]
    assert [item["type"] for item in items] == ["message", "function_call", "function_call_output", "message"]
    openai.script(Text("No format."), Finish())
    following = (await ask(program, previous_response_id=response["id"], input="Again")).json()
    assert following["text"] == {"format": {"type": "text"}} and "response_format" not in asked(openai)


async def test_results_without_calls_and_calls_without_results_are_refused(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.script(*CALLS, Finish("tool_calls"))
    once = {**program, "Idempotency-Key": "voyage-8"}
    first = (await ask(once, store=True, tools=TOOLS)).json()
    both = [output("call_1", "21"), output("call_2", "19")]
    for given, detail in (
        ("What now?", "No tool output found for function call call_1."),
        (both[:1], "No tool output found for function call call_2."),
        ([*both, output("call_3", "3")], "No tool call found for function call output with call_id call_3."),
        ([output("call_1", [{"type": "input_image", "image_url": "data:image/png;base64,AA=="}]), both[1]], "text"),  # type: ignore[arg-type]
    ):
        response = await ask(program, previous_response_id=first["id"], input=given)
        assert response.status_code == 400 and detail in error_of(response)["message"] and error_of(response)["param"] == "input"
    huge = [{**TOOLS[0], "description": "x" * 300_000}]
    assert error_of(await ask(program, store=True, tools=huge))["param"] == "tools"
    assert await Message.objects.acount() == 2
    openai.script(Text("Warm."), Finish())
    again = {**program, "Idempotency-Key": "voyage-9"}
    made = [(await ask(again, conversation=first["conversation"], input=both)).json() for _ in range(2)]
    assert made[0] == made[1] and made[0]["output"][0]["content"][0]["text"] == "Warm."


async def test_a_call_that_breaks_off_or_is_cancelled_is_not_gone_on_with(program: Headers, openai: ScriptedOpenAI) -> None:
    """It is kept as it was, needs no result, and no model is given it."""
    openai.script(*CALLS[:2], Hangup())
    broken = (await ask(program, store=True, tools=TOOLS)).json()
    gate = Gate()
    openai.script(*CALLS[:2], Hold(gate), Finish())
    begun = (await ask(program, background=True, tools=TOOLS, input="Hello")).json()
    await gate.reached()
    cancelled = (await AsyncClient().post(f"{HERE}/{begun['id']}/cancel", headers=program)).json()
    gate.open()
    assert [(one["status"], one["output"][0]["status"], one["output"][0]["arguments"]) for one in (broken, cancelled)] == [
        ("failed", "incomplete", ROME[:6]),
        ("cancelled", "incomplete", ROME[:6]),
    ]
    assert sum("tools" in stream.body for stream in openai.streams) == 2, "Neither was asked for again."
    for one in (broken, cancelled):
        openai.script(Text("Aye."), Finish())
        following = (await ask(program, previous_response_id=one["id"], input="Never mind.")).json()
        assert following["status"] == "completed" and turns(asked(openai)) == [("user", "Hello\n\nNever mind.")]
