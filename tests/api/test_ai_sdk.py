"""Vercel's AI SDK works with this site: its chats at /api/chat, in versions 6 and 7, and its providers with both of OpenAI's APIs."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import pytest

from tests.api.test_openai_node import CALL, SHIP
from tests.api.test_ui_messages import PIXEL
from tests.support.client_process import ClientError, ClientProcess
from tests.support.pictures import DRAWER, picture
from tests.support.scripted_openai import Cites, DrawingBegins, DrawingEnds, Finish, Gate, Hold, Reasoning, ScriptedOpenAI, Text, failure
from tests.support.serving import Served

versions = pytest.mark.parametrize("version", [6, 7])
providers = pytest.mark.parametrize("provider", ["openai", "openai-compatible"])


PAINTER = f"""
from conversations.models import Model, Provider, SystemPrompt
provider = Provider.objects.create(name="Draws", base_url={{base_url!r}}, api="responses", priority=900)
Model.objects.create(provider=provider, name="painting-model", draws_in_answers=True, takes_images=True)
Model.objects.create(provider=provider, name={DRAWER!r})
Model.objects.create(provider=Provider.objects.get(origin="environment"), name="painting-model", enabled=False)
SystemPrompt.objects.create(slug="painter", name="Painter", draws=True).publish(text="Paint.", model="painting-model")
"""


@pytest.fixture(scope="module", autouse=True)
def painter(served: Served, lasting_provider: ScriptedOpenAI) -> None:
    """An assistant that draws. The site learns of its model within two seconds."""
    served.run(PAINTER.format(base_url=lasting_provider.base_url))


def run(javascript: ClientProcess, what: str, **given: Any) -> Any:
    return javascript.run("ai-sdk", what, **given)


def parts(message: dict[str, Any]) -> list[tuple[str, str]]:
    """What it says, by the kinds of its parts."""
    return [(part["type"], part["text"]) for part in message["parts"] if "text" in part]


@versions
def test_a_chat_shows_what_is_thought_and_said_as_it_comes(
    javascript: ClientProcess, lasting_provider: ScriptedOpenAI, version: int
) -> None:
    gate = Gate()
    lasting_provider.script(Reasoning("A ship."), Text("Ahoy "), Hold(gate), Text("there!"), Finish())
    told = javascript.told("ai-sdk", "chat", version=version)
    assert next(told) == "Ahoy "
    gate.open()
    (shown,) = told
    asked, answer = shown["messages"]
    assert (shown["status"], asked["role"], parts(answer)) == ("ready", "user", [("reasoning", "A ship."), ("text", "Ahoy there!")])
    assert {part["state"] for part in answer["parts"] if "state" in part} == {"done"}
    assert answer["metadata"]["usage"] == {
        "inputTokens": 11,
        "outputTokens": 7,
        "totalTokens": 18,
        "reasoningTokens": 2,
        "cachedInputTokens": 3,
    }


@versions
def test_a_page_carries_out_functions(javascript: ClientProcess, lasting_provider: ScriptedOpenAI, version: int) -> None:
    lasting_provider.script(Text("Let me see."), *CALL)
    lasting_provider.script(Text("21 degrees."), Finish())
    shown = run(javascript, "functions", version=version, picture=PIXEL)
    assert (shown["status"], len(shown["messages"])) == ("ready", 2), "Both answers are one message."
    answer = shown["messages"][1]
    (call,) = [part for part in answer["parts"] if part["type"] == "tool-weather"]
    assert (call["state"], call["output"]) == ("output-available", {"city": "Rome", "degrees": 21})
    assert parts(answer) == [("text", "Let me see."), ("text", "21 degrees.")]
    user, assistant, result = lasting_provider.streams[-1].body["messages"][1:]
    assert PIXEL in str(user) and assistant["content"] == "Let me see." and assistant["tool_calls"][0]["id"] == result["tool_call_id"]
    assert json.loads(result["content"]) == {"city": "Rome", "degrees": 21}


@versions
def test_a_chat_says_in_a_sentence_what_went_wrong(javascript: ClientProcess, lasting_provider: ScriptedOpenAI, version: int) -> None:
    lasting_provider.queue(failure(400, "This model's maximum context length is 8 tokens.", code="context_length_exceeded"))
    shown = javascript.run("ai-sdk", "chat", version=version)
    assert (shown["status"], shown["error"]) == ("error", "The messages are too long for this model’s context window.")


@versions
def test_to_stop_a_chat_ends_its_answer(javascript: ClientProcess, lasting_provider: ScriptedOpenAI, version: int) -> None:
    gate = Gate()
    lasting_provider.script(Text("Ahoy "), Hold(gate), Finish())
    shown = run(javascript, "stopped", version=version)
    assert (shown["status"], parts(shown["messages"][1])) == ("ready", [("text", "Ahoy ")])
    assert asyncio.run(lasting_provider.streams[-1].client_left()) < 5
    gate.open()


@versions
def test_a_stored_chat_goes_on_without_its_page(
    javascript: ClientProcess, lasting_provider: ScriptedOpenAI, served: Served, version: int
) -> None:
    gate, begun = Gate(), len(lasting_provider.streams)
    lasting_provider.script(Text("Ahoy "), Hold(gate), Text("there!"), Finish())
    for text in ("Avast!", "Arr."):
        lasting_provider.script(Text(text), Finish())
    told = javascript.told("ai-sdk", "resumed", version=version, id=f"chat of version {version} / 1", body={"store": True})
    assert next(told) == "Ahoy "
    gate.open()
    (shown,) = told
    assert (shown["status"], shown["whole"], shown["again"]) == ("ready", "Ahoy there!", "Avast!")
    assert [parts(message)[0][1] for message in shown["messages"]] == ["Hello", "Avast!", "Again", "Arr."]
    assert len(lasting_provider.streams) - begun == 3 + 1, "Three answers and a title: none was asked for twice."
    conversation = shown["messages"][1]["metadata"]["conversation"].removeprefix("conv_")
    roles = served.rows("SELECT role FROM conversations_message WHERE conversation_id = %s ORDER BY id", conversation)
    assert [role for (role,) in roles] == ["user", "assistant", "assistant", "user", "assistant"]


@versions
def test_a_chat_shows_what_an_answer_cites_and_how_a_function_failed(
    javascript: ClientProcess, lasting_provider: ScriptedOpenAI, version: int
) -> None:
    lasting_provider.script(Text("Let me see."), *CALL)
    lasting_provider.script(Text("It is warm."), Cites("https://example.org/rome", "Rome"), Text(" I guess."), Finish())
    shown = run(javascript, "failing", version=version)
    answer = shown["messages"][1]
    assert (shown["status"], parts(answer)) == ("ready", [("text", "Let me see."), ("text", "It is warm. I guess.")])
    (call,) = [part for part in answer["parts"] if part["type"] == "tool-weather"]
    (source,) = [part for part in answer["parts"] if part["type"] == "source-url"]
    assert (call["state"], call["errorText"]) == ("output-error", "No weather today.")
    assert (source["url"], source["title"]) == ("https://example.org/rome", "Rome")
    assert lasting_provider.streams[-1].body["messages"][-1]["content"] == "No weather today."


@versions
def test_a_stored_chat_carries_out_functions_and_goes_on(
    javascript: ClientProcess, lasting_provider: ScriptedOpenAI, served: Served, version: int
) -> None:
    chat, gate = f"functions {version}", Gate()
    lasting_provider.script(Text("Let me see."), *CALL)
    for text in ("21 degrees.", "Aye."):
        lasting_provider.script(Text(text), Finish())
    shown = run(javascript, "storedFunctions", version=version, id=chat)
    assert (shown["status"], shown.get("error")) == ("ready", None)
    said = [("text", "Let me see."), ("text", "21 degrees.")]
    for messages in (shown["messages"], shown["kept"]):
        assert [message["role"] for message in messages] == ["user", "assistant", "user", "assistant"]
        (call,) = [part for part in messages[1]["parts"] if part["type"] == "tool-weather"]
        assert (call["state"], call["output"]) == ("output-available", {"city": "Rome", "degrees": 21})
        assert parts(messages[1]) == said and messages[1]["id"] == shown["messages"][1]["id"]
    asked = next(stream.body["messages"] for stream in reversed(lasting_provider.streams) if "Thanks" in str(stream.body))
    assert [message["role"] for message in asked] == ["system", "user", "assistant", "tool", "assistant", "user"]
    lasting_provider.script(Text("Again?"), *CALL)
    lasting_provider.script(Text("22 degrees"), Hold(gate), Text("."), Finish())
    resumed = javascript.told("ai-sdk", "resumedFunctions", version=version, id=f"{chat} again")
    assert next(resumed) == "Again?22 degrees"
    gate.open()
    (again,) = resumed
    assert [(message["role"], parts(message)[-1][1]) for message in again["messages"]] == [
        ("user", "Is it warm?"),
        ("assistant", "22 degrees."),
    ]
    assert [part["state"] for part in again["messages"][1]["parts"] if part["type"] == "tool-weather"] == ["output-available"]


@versions
def test_a_stored_chat_has_files_of_both_sides(javascript: ClientProcess, lasting_provider: ScriptedOpenAI, version: int) -> None:
    while "painting-model" not in javascript.run("openai", "models"):
        time.sleep(0.1)
    lasting_provider.script(Text("Here "), DrawingBegins(), DrawingEnds(picture("teal")), Text("it is."), Finish())
    given = {"version": version, "id": f"drawn {version}", "picture": PIXEL, "body": {"store": True, "model": "painter"}}
    shown = run(javascript, "drawn", **given)
    asked, answer = shown["messages"]
    assert (shown["status"], shown.get("error")) == ("ready", None)
    assert [part["type"] for part in answer["parts"]] == ["step-start", "text", "file", "text"]
    assert answer["parts"][2]["mediaType"] == shown["picture"]["type"] and shown["picture"]["status"] == 200
    assert any("input_image" in str(stream.body) for stream in lasting_provider.streams[-2:]), "Its title is asked for, too."
    kept, same = shown["kept"]
    assert [part["type"] for part in kept["parts"]] == ["file", "text"] and kept["parts"][0]["filename"] == "sky.png"
    assert [part["type"] for part in same["parts"]] == ["text", "file", "text"]


@providers
def test_a_provider_streams_text(javascript: ClientProcess, lasting_provider: ScriptedOpenAI, provider: str) -> None:
    gate = Gate()
    lasting_provider.script(Reasoning("A ship."), Text("Ahoy "), Hold(gate), Text("there!"), Finish())
    heard = javascript.heard(gate, "Ahoy ", "ai-sdk", "text", provider=provider)
    last = heard[-1]
    assert "Ahoy " in heard and (last["text"], last["reasoning"], last["finishReason"]) == ("Ahoy there!", "A ship.", "stop")
    assert (last["usage"]["inputTokens"], last["usage"]["outputTokens"]) == (11, 7)


@providers
def test_a_provider_calls_functions(javascript: ClientProcess, lasting_provider: ScriptedOpenAI, provider: str) -> None:
    lasting_provider.script(Reasoning("Rome?"), Text("Let me see."), *CALL)
    lasting_provider.script(Text("21 degrees."), Finish())
    assert run(javascript, "calls", provider=provider) == {"text": "21 degrees.", "results": [{"city": "Rome", "degrees": 21}]}
    assert "Let me see." in str(lasting_provider.streams[-1].body["messages"])


@providers
def test_a_provider_reads_answers_by_their_schema(javascript: ClientProcess, lasting_provider: ScriptedOpenAI, provider: str) -> None:
    lasting_provider.script(Text(SHIP), Finish())
    assert run(javascript, "shaped", provider=provider) == {"name": "Revenge", "guns": 40}
    assert "guns" in str(lasting_provider.streams[-1].body["response_format"])


def test_a_provider_that_takes_responses_for_stored_is_told_how_it_works(
    javascript: ClientProcess, lasting_provider: ScriptedOpenAI
) -> None:
    lasting_provider.script(Text("Let me see."), *CALL)
    with pytest.raises(ClientError, match=r"openai: \{ store: false \}"):
        run(javascript, "calls", provider="openai", store=None)
