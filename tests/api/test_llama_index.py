"""LlamaIndex works with the API as with one that is like OpenAI's."""

from __future__ import annotations

import pytest

from tests.api.test_openai_node import CALL, SHIP
from tests.support.client_process import ClientError, ClientProcess
from tests.support.scripted_openai import Finish, Gate, Hold, Reasoning, ScriptedOpenAI, Text, ToolArguments, ToolCall

USE = "with_llama_index"


def test_it_asks_an_assistant(llama_index: ClientProcess, lasting_provider: ScriptedOpenAI) -> None:
    lasting_provider.script(Reasoning("A greeting."), Text("Ahoy!"), Finish())
    assert llama_index.run(USE, "chat") == {"text": "Ahoy!", "tokens": 18}
    assert lasting_provider.streams[-1].system == "Talk like a pirate.\n\nBe brief."
    lasting_provider.script(Text("Arr."), Finish())
    assert llama_index.run(USE, "complete") == "Arr."


def test_words_come_before_the_end(llama_index: ClientProcess, lasting_provider: ScriptedOpenAI) -> None:
    gate = Gate()
    lasting_provider.script(Text("Ahoy "), Hold(gate), Text("there!"), Finish())
    heard = llama_index.heard(gate, "Ahoy ", USE, "streamed")
    assert "Ahoy " in heard and heard[-1] == "Ahoy there!"


def test_functions_are_called(llama_index: ClientProcess, lasting_provider: ScriptedOpenAI) -> None:
    lasting_provider.script(Text("Let me see."), *CALL)
    lasting_provider.script(Text("It is."), Finish())
    assert llama_index.run(USE, "functions") == {"arguments": [{"city": "Rome"}], "text": "It is."}
    assert "21 degrees in Rome" in str(lasting_provider.streams[-1].body)


def test_answers_are_read_by_their_schema(llama_index: ClientProcess, lasting_provider: ScriptedOpenAI) -> None:
    lasting_provider.script(Text(SHIP), Finish())
    assert llama_index.run(USE, "shaped") == {"name": "Revenge", "guns": 40}
    assert "guns" in str(lasting_provider.streams[-1].body["response_format"])
    lasting_provider.script(ToolCall("call_1", "Ship"), ToolArguments(SHIP), Finish("tool_calls"))
    assert llama_index.run(USE, "shaped_by_function") == {"name": "Revenge", "guns": 40}


def test_it_finds_what_it_answers_by(llama_index: ClientProcess) -> None:
    told = llama_index.run(USE, "retrieval")  # the model repeats what it is asked
    assert told.startswith("You said: ") and "A sloop has one mast." in told and "brig" not in told


def test_it_throws_what_it_throws_for_openai(llama_index: ClientProcess) -> None:
    with pytest.raises(ClientError) as thrown:
        llama_index.run(USE, "refused")
    assert (thrown.value.details["status"], thrown.value.details["code"]) == (404, "model_not_found")
