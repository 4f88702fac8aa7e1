"""OpenAI's own client for Node works with the API as with OpenAI's."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.client_process import ClientError, ClientProcess
from tests.support.scripted_openai import Finish, Gate, Hold, Reasoning, ScriptedOpenAI, Step, Text, ToolArguments, ToolCall, failure

CALL: list[Step] = [ToolCall("call_1", "weather"), ToolArguments('{"city":'), ToolArguments('"Rome"}'), Finish("tool_calls")]
SHIP = '{"name": "Revenge", "guns": 40}'


def run(javascript: ClientProcess, what: str, **given: Any) -> Any:
    return javascript.run("openai", what, **given)


def test_it_lists_models_and_asks_one(javascript: ClientProcess, lasting_provider: ScriptedOpenAI) -> None:
    assert "pirate" in run(javascript, "models")
    lasting_provider.script(Text("Ahoy!"), Finish())
    assert run(javascript, "chat") == {"text": "Ahoy!", "tokens": 18}


def test_it_hears_words_before_the_end(javascript: ClientProcess, lasting_provider: ScriptedOpenAI) -> None:
    gate = Gate()
    lasting_provider.script(Text("Ahoy "), Hold(gate), Text("there!"), Finish())
    heard = javascript.heard(gate, "Ahoy ", "openai", "streamed")
    assert "Ahoy " in heard and heard[-1] == "Ahoy there!"


def test_a_stream_that_it_leaves_ends_the_answer(javascript: ClientProcess, lasting_provider: ScriptedOpenAI) -> None:
    gate = Gate()
    lasting_provider.script(Text("Ahoy "), Hold(gate), Finish())
    run(javascript, "left")
    assert asyncio.run(lasting_provider.streams[-1].client_left()) < 5
    gate.open()


def test_it_calls_functions_and_tells_what_they_returned(javascript: ClientProcess, lasting_provider: ScriptedOpenAI) -> None:
    lasting_provider.script(*CALL)
    lasting_provider.script(Text("21 degrees."), Finish())
    assert run(javascript, "functions") == "21 degrees."
    assert '{"city":"Rome","degrees":21}' in str(lasting_provider.streams[-1].body["messages"])
    lasting_provider.script(Reasoning("Rome?"), Text("Let me see."), *CALL)
    lasting_provider.script(Text("21 degrees."), Finish())
    assert run(javascript, "response") == {"arguments": {"city": "Rome"}, "text": "21 degrees."}


@pytest.mark.parametrize("what", ["shaped", "shapedResponse"])
def test_it_reads_answers_by_their_schema(javascript: ClientProcess, lasting_provider: ScriptedOpenAI, what: str) -> None:
    lasting_provider.script(Text(SHIP), Finish())
    assert run(javascript, what) == {"name": "Revenge", "guns": 40}
    assert "guns" in str(lasting_provider.streams[-1].body["response_format"])


def test_it_goes_on_with_calls_that_are_stored(javascript: ClientProcess, lasting_provider: ScriptedOpenAI) -> None:
    lasting_provider.script(Text("Let me see."), *CALL)
    lasting_provider.script(Text(SHIP), Finish())
    assert run(javascript, "kept") == {"ship": {"name": "Revenge", "guns": 40}, "items": ["function_call_output"], "kept": SHIP}
    shaped = [stream for stream in lasting_provider.streams if "guns" in str(stream.body)]  # of other tests, too
    assert any("21 degrees in Rome" in str(stream.body["messages"]) for stream in shaped)


def test_a_stored_response_is_taken_up_where_its_reader_left(javascript: ClientProcess, lasting_provider: ScriptedOpenAI) -> None:
    gate = Gate()
    lasting_provider.script(Text("Ahoy "), Hold(gate), Text("there!"), Finish())
    lasting_provider.script(Text("Arr."), Finish())
    told = javascript.told("openai", "resumed")
    assert next(told).startswith("resp_")
    gate.open()
    assert list(told) == [{"rest": "there!", "whole": "Ahoy there!", "followed": "Arr."}]


def test_one_in_the_background_is_cancelled(javascript: ClientProcess, lasting_provider: ScriptedOpenAI) -> None:
    gate = Gate()
    lasting_provider.script(Text("Ahoy "), Hold(gate), Finish())
    assert run(javascript, "cancelled") == "cancelled"
    gate.open()


@pytest.mark.parametrize(
    ("given", "name", "param"),
    [
        ({"key": "sk-chat-wrong"}, "AuthenticationError", None),
        ({"asked": {"messages": []}}, "BadRequestError", "messages"),
        ({"asked": {"model": "pirate@nowhere"}}, "NotFoundError", "model"),
    ],
)
def test_it_throws_what_it_throws_for_openai(javascript: ClientProcess, given: dict[str, Any], name: str, param: str | None) -> None:
    with pytest.raises(ClientError) as thrown:
        run(javascript, "wrong", **given)
    assert (thrown.value.details["name"], thrown.value.details.get("param")) == (name, param)


def test_it_throws_what_a_provider_refuses(javascript: ClientProcess, lasting_provider: ScriptedOpenAI) -> None:
    lasting_provider.queue(failure(400, "This model's maximum context length is 8 tokens.", code="context_length_exceeded"))
    with pytest.raises(ClientError) as thrown:
        run(javascript, "chat")
    assert (thrown.value.details["name"], thrown.value.details["code"]) == ("BadRequestError", "context_length_exceeded")
