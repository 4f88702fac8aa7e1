"""From `send` to a saved answer, over both APIs."""

import uuid

import pytest
from asgiref.sync import sync_to_async

from conversations.models import Conversation, Message, Role, Status, SystemPrompt, User
from tests.support.scripted_openai import Finish, Gate, Hold, Reasoning, Refusal, ScriptedOpenAI, Text
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)
on_both_wires = pytest.mark.parametrize("openai", ["chat_completions", "responses"], indirect=True)


@pytest.mark.every_database
@on_both_wires
async def test_what_was_streamed_is_what_is_saved(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Reasoning("Let me "), Reasoning("think."), Text("Hello"), Text(", wörld 👋"), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("Hi there")
        finished = await socket.until("finished", message=accepted["reply"])
        assert socket.text(accepted["reply"]) == "Hello, wörld 👋"
        assert socket.ends[accepted["reply"]] == finished["end"]
        assert socket.resyncs == 0
    assert (finished["status"], finished["error"], finished["finish_reason"]) == ("complete", None, "stop")
    kinds = [frame["type"] for frame in socket.frames]
    assert kinds[:4] == ["ready", "accepted", "message", "message"]
    reply = await Message.objects.aget(pk=accepted["reply"])
    assert [(part["type"], part["text"]) for part in reply.parts] == [("reasoning", "Let me think."), ("text", "Hello, wörld 👋")]
    assert reply.parts[0]["seconds"] >= 0
    assert (reply.role, reply.status, reply.model) == (Role.ASSISTANT, Status.COMPLETE, "scripted-model")
    assert reply.usage == {"input_tokens": 11, "cached_tokens": 3, "output_tokens": 7, "reasoning_tokens": 2, "estimated": False}
    assert reply.started and reply.first_token and reply.finished and reply.lease_until is None
    question = await Message.objects.aget(pk=accepted["message"])
    assert (question.text, question.role, question.parent_id) == ("Hi there", Role.USER, None)
    conversation = await Conversation.objects.aget(pk=accepted["conversation"])
    assert conversation.leaf_id == reply.pk


@on_both_wires
async def test_the_provider_gets_prompt_and_history(alice: User, openai: ScriptedOpenAI) -> None:
    prompt = await SystemPrompt.objects.aget(is_default=True)
    async with Socket(alice) as socket:
        first = await socket.answer("First question")
        await socket.answer("Second question", first["conversation"])
    body = [request.body for request in openai.streams if "Second question" in str(request.body)][0]
    said = str(body)
    published = await prompt.versions.aget()
    assert published.text.splitlines()[0] in said
    assert said.index("First question") < said.index("You said: First question") < said.index("Second question")
    assert body["model"] == "scripted-model"
    assert "temperature" not in body
    reply = await Message.objects.aget(pk=first["message"])
    assert reply.prompt_version_id == published.pk


async def test_the_next_answer_follows_an_edited_prompt(alice: User, openai: ScriptedOpenAI) -> None:
    prompt = await SystemPrompt.objects.aget(is_default=True)
    async with Socket(alice) as socket:
        first = await socket.answer("One")
        await sync_to_async(prompt.publish)(text="Speak like a pirate.", parameters={"temperature": 0.3, "max_output_tokens": 50})
        second = await socket.answer("Two", first["conversation"])
    request = [request for request in openai.streams if request.question == "Two"][0]
    assert request.system == "Speak like a pirate."
    assert request.body["temperature"] == 0.3
    assert request.body["max_tokens"] == 50  # what servers other than OpenAI understand
    reply = await Message.objects.select_related("prompt_version").aget(pk=second["message"])
    assert reply.prompt_version is not None
    assert reply.prompt_version.number == 2
    assert reply.parameters == {"temperature": 0.3, "max_output_tokens": 50}


async def test_a_prompt_can_be_picked_by_id_or_slug_and_stays(alice: User, openai: ScriptedOpenAI) -> None:
    pirate = await SystemPrompt.objects.acreate(slug="pirate", name="Pirate")
    await sync_to_async(pirate.publish)(text="Arr.")
    async with Socket(alice) as socket:
        for wanted in (str(pirate.pk), "pirate"):
            first = await socket.answer("One", prompt=wanted)
            await socket.answer("More", first["conversation"])
    assert [request.system for request in openai.streams if request.question in ("One", "More")] == ["Arr."] * 4


async def test_a_refusal_is_kept_as_one(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Refusal("I'm sorry, I can't."), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Something bad")
    reply = await Message.objects.aget(pk=finished["message"])
    assert reply.parts == [{"type": "refusal", "text": "I'm sorry, I can't."}]


@pytest.mark.every_database
async def test_the_same_command_twice_makes_one_message(alice: User, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("half"), Hold(gate), Text(" and half"), Finish())
    request = str(uuid.uuid4())
    async with Socket(alice) as one, Socket(alice) as two:
        first = await one.send("Once", id=request)
        await gate.reached()
        again = await two.send("Once", id=request)
        assert again == first
        gate.open()
        await two.until("finished", message=first["reply"])
        assert two.text(first["reply"]) == "half and half"
        third = await one.send("Once", id=request)
        assert third == first
    assert await Message.objects.acount() == 2


@pytest.mark.every_database
async def test_ten_equal_commands_at_once_make_one_message(alice: User, openai: ScriptedOpenAI) -> None:
    request = str(uuid.uuid4())
    sockets = [await Socket(alice).open() for _ in range(10)]
    for socket in sockets:
        await socket.command("send", text="Once", id=request, conversation=None)
    accepted = [await socket.until("accepted", id=request) for socket in sockets]
    assert len({(frame["message"], frame["reply"]) for frame in accepted}) == 1
    await sockets[0].until("finished")
    for socket in sockets:
        await socket.close()
    assert await Message.objects.acount() == 2
    assert len([r for r in openai.streams if r.question == "Once"]) == 1
