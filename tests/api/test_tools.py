"""OpenAI's own client for Python calls functions over both APIs, and makes, streams, stores and cancels responses, as it does at OpenAI."""

from __future__ import annotations

from typing import Any

import openai
from pydantic import BaseModel

from tests.support.scripted_openai import Finish, Gate, Hold, Reasoning, ScriptedOpenAI, Step, Text, ToolArguments, ToolCall

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
WEATHER: Any = {"type": "function", "function": {"name": "weather", "parameters": PARAMETERS, "strict": True}}
FLAT: Any = {"type": "function", "name": "weather", "parameters": PARAMETERS, "strict": True}
ROME = '{"city": "Rome"}'
CALL: list[Step] = [ToolCall("call_1", "weather"), ToolArguments(ROME[:7]), ToolArguments(ROME[7:])]
ASKED: Any = [{"role": "user", "content": "Is it warm?"}]


class Ship(BaseModel):
    name: str
    guns: int


def test_chat_completions_call_a_function(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    lasting_provider.script(*CALL, Finish("tool_calls"))
    choice = client.chat.completions.create(model="pirate", messages=ASKED, tools=[WEATHER], tool_choice="auto").choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.content is None
    (call,) = choice.message.tool_calls or []
    assert call.type == "function" and (call.id, call.function.name, call.function.arguments) == ("call_1", "weather", ROME)
    lasting_provider.script(Text("21 degrees."), Finish())
    messages = [*ASKED, choice.message, {"role": "tool", "tool_call_id": "call_1", "content": "21"}]
    again = client.chat.completions.create(model="pirate", messages=messages, tools=[WEATHER])
    assert again.choices[0].message.content == "21 degrees."
    assert str(lasting_provider.streams[-1].body).count("call_1") == 2


def test_chat_completions_stream_calls(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    lasting_provider.script(*CALL, ToolCall("call_2", "weather"), ToolArguments("{}"), Finish("tool_calls"))
    with client.chat.completions.stream(model="pirate", messages=ASKED, tools=[WEATHER]) as stream:
        final = stream.get_final_completion().choices[0]
    assert [(call.id, call.function.arguments) for call in final.message.tool_calls or []] == [("call_1", ROME), ("call_2", "{}")]
    assert final.finish_reason == "tool_calls"


def test_a_response_calls_a_function(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    lasting_provider.script(Reasoning("Rome?"), Text("Let me see."), *CALL, Finish("tool_calls"))
    response = client.responses.create(model="pirate", input=ASKED, tools=[FLAT])
    *_, call = response.output
    assert call.type == "function_call" and (call.call_id, call.name, call.arguments) == ("call_1", "weather", ROME)
    lasting_provider.script(Text("21 degrees."), Finish())
    items: Any = [*ASKED, *response.output, {"type": "function_call_output", "call_id": "call_1", "output": "21"}]
    assert client.responses.create(model="pirate", input=items, tools=[FLAT]).output_text == "21 degrees."


def test_a_response_is_streamed(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    gate, heard = Gate(), ""
    lasting_provider.script(Reasoning("Hm."), Text("Ahoy "), Hold(gate), Text("there!"), *CALL, Finish("tool_calls"))
    with client.responses.stream(model="pirate", input="Hello", tools=[FLAT]) as events:
        for event in events:
            if event.type == "response.output_text.delta":
                heard += event.delta
                gate.open()
        final = events.get_final_response()
    assert heard == final.output_text == "Ahoy there!"
    assert [item.type for item in final.output] == ["reasoning", "message", "function_call"]
    assert final.usage is not None and final.usage.total_tokens > 0


def test_a_response_is_read_into_a_model(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    lasting_provider.script(Text('{"name": "Revenge", "guns": 40}'), Finish())
    assert client.responses.parse(model="pirate", input="Hello", text_format=Ship).output_parsed == Ship(name="Revenge", guns=40)
    assert "guns" in str(lasting_provider.streams[-1].body)


def test_stored_responses_call_functions_and_are_read_into_a_model(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    lasting_provider.script(Text("Let me see."), *CALL, Finish("tool_calls"))
    with client.responses.stream(model="pirate", input=ASKED, tools=[FLAT], store=True) as events:
        first = events.get_final_response()
    call = first.output[-1]
    assert call.type == "function_call" and call.arguments == ROME
    lasting_provider.script(Text('{"name": "Revenge", "guns": 40}'), Finish())
    result: Any = [{"type": "function_call_output", "call_id": call.call_id, "output": "21"}]
    last = client.responses.parse(model="pirate", input=result, tools=[FLAT], text_format=Ship, previous_response_id=first.id)
    assert last.output_parsed == Ship(name="Revenge", guns=40)
    assert [item.type for item in client.responses.input_items.list(last.id)] == ["function_call_output"]
    assert [tool.type for tool in client.responses.retrieve(first.id).tools] == ["function"]


def test_a_stored_response_is_retrieved_and_cancelled(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    gate = Gate()
    lasting_provider.script(Text("Ahoy "), Hold(gate), Text("there!"), Finish())
    begun = client.responses.create(model="pirate", input="Hello", background=True)
    assert begun.status == "in_progress"
    heard, seen = "", -1
    for event in client.responses.retrieve(begun.id, stream=True):
        seen = event.sequence_number
        if event.type == "response.output_text.delta":
            heard = event.delta
            break
    assert heard == "Ahoy "
    gate.open()
    rest = list(client.responses.retrieve(begun.id, stream=True, starting_after=seen))
    assert "".join(event.delta for event in rest if event.type == "response.output_text.delta") == "there!"
    assert client.responses.retrieve(begun.id).output_text == "Ahoy there!"
    gate = Gate()
    lasting_provider.script(Text("Arr"), Hold(gate), Finish())
    again = client.responses.create(model="pirate", input="Again", previous_response_id=begun.id, background=True)
    gate.wait_until_reached()
    assert client.responses.cancel(again.id).status == "cancelled"
    gate.open()
