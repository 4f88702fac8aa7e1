"""An untidy but whole answer is complete, whatever the provider made of it, and is no failure of the provider."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conversations.models import Attempt, Message, OpenCircuit, RejectedParameter, SystemPrompt, User
from conversations.providers.system_role import SYSTEM_ROLE
from conversations.routing import circuits
from tests.support.scripted_openai import Answer, Event, Finish, Gate, Hold, Raw, Reasoning, Request, ScriptedOpenAI, Text, failure
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)
DONE = Raw(b"data: [DONE]\n\n")


def raw(*choices: dict[str, Any], between: str = "\n\n") -> Raw:
    return Raw("".join(f"data: {json.dumps({'choices': [choice]})}{between}" for choice in choices).encode())


UNTIDY: dict[str, tuple[Any, ...]] = {
    "the end mark alone": (Text("Fine."), DONE),
    "no blank line": (raw({"delta": {"content": "Fine."}}, {"delta": {}, "finish_reason": "stop"}, between="\n"),),
    "heartbeats": (Raw(b"event: ping\ndata: 12:00\n\n"), Text("Fine."), Raw(b"data: ping\n\n"), Finish()),
    "one piece": (Raw(b": wait\n\n" + json.dumps({"choices": [{"message": {"content": "Fine."}, "finish_reason": "stop"}]}).encode()),),
    "typed parts": (Event({"choices": [{"delta": {"content": [{"type": "text", "text": "Fine."}]}}]}), Finish()),
    "another word": (Text("Fine."), Finish("end_turn")),
}


@pytest.mark.parametrize("name", UNTIDY)
async def test_no_circuit_opens(alice: User, openai: ScriptedOpenAI, name: str) -> None:
    async with Socket(alice) as socket:
        for number in range(circuits.OPENS_AFTER + 1):
            openai.script(*UNTIDY[name])
            finished = await socket.answer(f"Question {number}")
            assert (finished["status"], finished["error"], finished["finish_reason"]) == ("complete", None, "stop")
            assert socket.text(finished["message"]) == "Fine."
    assert not await OpenCircuit.objects.aexists()
    assert not await Attempt.objects.exclude(outcome="ok").aexists()


async def test_thoughts_that_only_their_end_tells(alice: User, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("Two and two"), Text(" is four.\n"), Hold(gate), Text("</thi"), Text("nk>\n\nFour."), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("2 + 2?")
        await socket.until("delta")
        gate.open()
        snapshot = await socket.until("snapshot", message=accepted["reply"])
        assert [(part["type"], part["text"]) for part in snapshot["parts"]] == [("reasoning", "Two and two is four.\n")]
        finished = await socket.until("finished", message=accepted["reply"])
        assert (finished["status"], socket.resyncs) == ("complete", 0)
        assert socket.ends[accepted["reply"]] == finished["end"]
        await socket.answer("And then?", accepted["conversation"])
    reply = await Message.objects.aget(pk=accepted["reply"])
    assert [(part["type"], part["text"]) for part in reply.parts] == [("reasoning", "Two and two is four.\n"), ("text", "Four.")]
    assert reply.parts[0]["seconds"] >= 0
    asked = next(request.body for request in openai.streams if request.question == "And then?")
    assert [message["content"] for message in asked["messages"] if message["role"] == "assistant"] == ["Four."]


async def test_thoughts_before_a_continuation(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("One, two"), Finish("length"))
    openai.script(Text("They want three.\n</think>"), Text("One, two"), Text(", three."), Finish())
    async with Socket(alice) as socket:
        first = await socket.answer("Count")
        await socket.command("continue", message=first["message"])
        assert (await socket.until("finished", message=first["message"]))["status"] == "complete"
    reply = await Message.objects.aget(pk=first["message"])
    assert reply.text == "One, two, three."
    assert [part["text"].strip() for part in reply.parts if part["type"] == "reasoning"] == ["They want three."]


@pytest.mark.parametrize(
    ("reason", "status", "continues"),
    [
        ("gave_up", "complete", True),
        ("MAX_TOKENS", "complete", True),
        ("end_turn", "complete", False),
        ("network_error", "interrupted", True),
    ],
)
async def test_what_may_be_continued(alice: User, openai: ScriptedOpenAI, settings: Any, reason: str, status: str, continues: bool) -> None:
    settings.OPENAI_RECONNECT = False  # else what the server broke off continues by itself
    openai.script(Text("Half"), Finish(reason))
    openai.script(Text("Half an answer"), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        assert finished["status"] == status
        asked = await socket.command("continue", message=finished["message"])
        answered = await socket.until("accepted" if continues else "error", id=asked)
        if continues:
            await socket.until("finished", message=finished["message"])
            assert socket.text(finished["message"]) == "Half an answer"
        else:
            assert answered["code"] == "invalid"


async def test_usage_behind_a_failed_end_is_counted(alice: User, openai: ScriptedOpenAI, settings: Any) -> None:
    settings.OPENAI_RECONNECT = False
    openai.script(Text("Half"), Finish("insufficient_system_resource"))
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
    assert finished["usage"] == {"input_tokens": 11, "cached_tokens": 3, "output_tokens": 7, "reasoning_tokens": 2, "estimated": False}
    attempt = await Attempt.objects.aget(final=True)
    assert (attempt.outcome, attempt.output_tokens, attempt.estimated) == ("interrupted", 7, False)


async def test_an_answer_that_is_reasoning_alone_is_sent_back(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Reasoning("It is four."), Finish())
    openai.script(Reasoning("It is, as I "), Finish("length"))
    async with Socket(alice) as socket:
        first = await socket.answer("2 + 2?")
        second = await socket.answer("Sure?", first["conversation"])
        await socket.answer("And 3 + 3?", second["conversation"])
    asked = next(request.body for request in openai.streams if request.question.endswith("And 3 + 3?"))
    assert [message["content"] for message in asked["messages"][1:]] == ["2 + 2?", "It is four.", "Sure?\n\nAnd 3 + 3?"]


REFUSALS = {
    "before the headers": failure(400, "System role not supported"),
    "as an error of the server's own": failure(500, "Conversation roles must alternate user/assistant/user/assistant/..."),
    "amid the stream": Answer(steps=(Event({"error": {"message": "Only user and assistant roles are supported!", "code": 400}}),)),
}


@pytest.mark.parametrize("openai", ["chat_completions", "responses"], indirect=True)
@pytest.mark.parametrize("name", REFUSALS)
async def test_a_model_that_knows_no_system_role(alice: User, openai: ScriptedOpenAI, name: str) -> None:
    def refuses(request: Request) -> Answer | None:
        roles = [message.get("role") for message in request.body.get("messages", [])]
        return REFUSALS[name] if "system" in roles or request.body.get("instructions") else None

    openai.answer_with = refuses
    prompt = await SystemPrompt.objects.select_related("published").aget(is_default=True)
    async with Socket(alice) as socket:
        first = await socket.answer("One")
        second = await socket.answer("Two", first["conversation"])
        assert (first["status"], second["status"]) == ("complete", "complete")
    asked = [request.body for request in openai.streams if request.question.endswith(("One", "Two"))]
    assert len(asked) == 3, "It is refused once, and remembered."
    for body in asked[1:]:
        turns = body.get("messages") or body["input"]
        assert [turn["role"] for turn in turns][:1] == ["user"]
        assert turns[0]["content"] == f"{prompt.published.text}\n\nOne"
    noted = await RejectedParameter.objects.aget()
    assert (noted.model, noted.parameter) == ("scripted-model", SYSTEM_ROLE)
    assert not await OpenCircuit.objects.aexists()
