"""Frameworks for Python work with the API as with OpenAI's: LangChain, and OpenAI's own for agents."""

from __future__ import annotations

import pytest

from tests.api.test_openai_node import CALL, SHIP
from tests.support.client_process import ClientError, ClientProcess
from tests.support.scripted_openai import Finish, Gate, Hold, Reasoning, ScriptedOpenAI, Step, Text, ToolArguments, ToolCall

LANGCHAIN, AGENTS = "with_langchain", "with_agents"
APIS = pytest.mark.parametrize("responses", [False, True], ids=["chat", "responses"])
BOTH = pytest.mark.parametrize("use", [LANGCHAIN, AGENTS])
ROME = "21 degrees in Rome"


def asked(provider: ScriptedOpenAI) -> str:
    return str(provider.streams[-1].body)


@APIS
def test_langchain_asks_an_assistant(frameworks: ClientProcess, lasting_provider: ScriptedOpenAI, responses: bool) -> None:
    lasting_provider.script(Reasoning("A greeting."), Text("Ahoy!"), Finish())
    assert frameworks.run(LANGCHAIN, "chat", responses=responses) == {"text": "Ahoy!", "tokens": 18}
    assert lasting_provider.streams[-1].system == "Talk like a pirate.\n\nBe brief."


@APIS
@BOTH
def test_words_come_before_the_end(frameworks: ClientProcess, lasting_provider: ScriptedOpenAI, use: str, responses: bool) -> None:
    gate = Gate()
    lasting_provider.script(Text("Ahoy "), Hold(gate), Text("there!"), Finish())
    heard = frameworks.heard(gate, "Ahoy ", use, "streamed", responses=responses)
    assert "Ahoy " in heard and heard[-1] == ({"text": "Ahoy there!", "tokens": 18} if use == LANGCHAIN else "Ahoy there!")


@APIS
def test_functions_of_langchain_are_called(frameworks: ClientProcess, lasting_provider: ScriptedOpenAI, responses: bool) -> None:
    lasting_provider.script(Reasoning("Rome?"), Text("Let me see."), *CALL)
    lasting_provider.script(Text("It is."), Finish())
    assert frameworks.run(LANGCHAIN, "functions", responses=responses) == {"arguments": [{"city": "Rome"}], "text": "It is."}
    assert ROME in asked(lasting_provider)


@APIS
def test_functions_of_an_agent_are_called_and_stay_in_its_talk(
    frameworks: ClientProcess, lasting_provider: ScriptedOpenAI, responses: bool
) -> None:
    lasting_provider.script(Reasoning("Rome?"), Text("Let me see."), *CALL)
    lasting_provider.script(Text("It is."), Finish())
    lasting_provider.script(Text("Aye."), Finish())
    assert frameworks.run(AGENTS, "functions", responses=responses) == {"first": "It is.", "second": "Aye.", "requests": 2, "tokens": 36}
    assert ROME in asked(lasting_provider) and "Sure?" in asked(lasting_provider)


@BOTH
def test_loops_are_stored_and_go_on_from_the_last_response(frameworks: ClientProcess, lasting_provider: ScriptedOpenAI, use: str) -> None:
    lasting_provider.script(Reasoning("Rome?"), Text("Let me see."), *CALL)
    lasting_provider.script(Text("It is."), Finish())
    lasting_provider.script(Text("Aye."), Finish())
    begun = len(lasting_provider.streams)
    assert frameworks.run(use, "stored") == ["It is.", "Aye."]
    last = next(stream for stream in lasting_provider.streams[begun:] if stream.question == "Sure?")
    assert [message["role"] for message in last.body["messages"]] == ["system", "user", "assistant", "tool", "assistant", "user"]


@APIS
def test_functions_are_called_by_streams(frameworks: ClientProcess, lasting_provider: ScriptedOpenAI, responses: bool) -> None:
    lasting_provider.script(Text("Let me see."), *CALL)
    assert frameworks.run(LANGCHAIN, "streamed_call", responses=responses) == [{"city": "Rome"}]
    lasting_provider.script(Text("Let me see."), *CALL)
    lasting_provider.script(Text("It is."), Finish())
    assert frameworks.run(AGENTS, "streamed", responses=responses) == "It is."
    assert ROME in asked(lasting_provider)


@APIS
def test_an_agent_hands_over_to_another(frameworks: ClientProcess, lasting_provider: ScriptedOpenAI, responses: bool) -> None:
    call: list[Step] = [ToolCall("call_1", "transfer_to_captain"), ToolArguments("{}"), Finish("tool_calls")]
    lasting_provider.script(*call)
    lasting_provider.script(Text("Aye."), Finish())
    assert frameworks.run(AGENTS, "handed_over", responses=responses) == {"agent": "Captain", "text": "Aye."}


@APIS
@BOTH
def test_answers_are_read_by_their_schema(frameworks: ClientProcess, lasting_provider: ScriptedOpenAI, use: str, responses: bool) -> None:
    lasting_provider.script(Text(SHIP), Finish())
    assert frameworks.run(use, "shaped", responses=responses) == {"name": "Revenge", "guns": 40}
    assert "guns" in str(lasting_provider.streams[-1].body["response_format"])


@APIS
def test_langchain_asks_for_a_shape_by_a_function(frameworks: ClientProcess, lasting_provider: ScriptedOpenAI, responses: bool) -> None:
    lasting_provider.script(ToolCall("call_1", "Ship"), ToolArguments(SHIP), Finish("tool_calls"))
    assert frameworks.run(LANGCHAIN, "shaped_by_function", responses=responses) == {"name": "Revenge", "guns": 40}
    assert lasting_provider.streams[-1].body["tool_choice"]["function"]["name"] == "Ship"


def test_langchain_finds_what_it_answers_by(frameworks: ClientProcess, lasting_provider: ScriptedOpenAI) -> None:
    told = frameworks.run(LANGCHAIN, "retrieval")  # the model repeats what it is asked
    assert told.startswith("You said: Answer by this: A sloop has one mast.\n") and "brig" not in asked(lasting_provider)


@APIS
def test_langchain_throws_what_it_throws_for_openai(frameworks: ClientProcess, responses: bool) -> None:
    with pytest.raises(ClientError) as thrown:
        frameworks.run(LANGCHAIN, "refused", responses=responses)
    assert (thrown.value.details["status"], thrown.value.details["code"]) == (404, "model_not_found")
