"""A conversation is named after its first words, then by the model, once; a name that its owner gave it stays."""

import json
import uuid
from datetime import timedelta
from time import monotonic

import pytest
from asgiref.sync import sync_to_async
from django.db.models import F
from django.test import Client
from django.utils import timezone

from conversations.generation import title_suggestion
from conversations.models import Attempt, Conversation, Message, User
from tests.support.idle import until_idle
from tests.support.scripted_openai import Answer, Finish, Gate, Hold, Request, ScriptedOpenAI, Text, failure
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)


def is_for_a_title(request: Request) -> bool:
    return request.system == title_suggestion.INSTRUCTIONS


@pytest.mark.every_database
async def test_first_words_until_the_model_has_a_better_one(alice: User, openai: ScriptedOpenAI) -> None:
    async with Socket(alice) as socket:
        accepted = await socket.send("How do tides work?")
        assert (await socket.until("conversation"))["title"] == "How do tides work?"
        await socket.until("conversation", title="A fitting title")
        await socket.answer("And the moon?", accepted["conversation"])
    assert len([request for request in openai.streams if is_for_a_title(request)]) == 1
    saved = await Conversation.objects.aget()
    assert (saved.title, saved.title_source) == ("A fitting title", "model")
    attempt = await Attempt.objects.aget(purpose="title")
    assert (attempt.reply_id, str(attempt.for_message)) == (None, accepted["reply"])  # which leads to the conversation in the admin


@pytest.mark.parametrize("what", ["renamed", "deleted"])
async def test_none_is_asked_for_a_conversation_that_needs_none_any_more(alice: User, openai: ScriptedOpenAI, what: str) -> None:
    """More conversations than may ask for one at a time: those that wait for their turn are looked at when it comes."""
    gate, client = Gate(), Client()
    openai.answer_with = lambda request: Answer(steps=(Hold(gate), Text("A title"), Finish())) if is_for_a_title(request) else None
    async with Socket(alice, client=client) as socket:
        for number in range(title_suggestion.MAX_CONCURRENT_REQUESTS):
            await socket.answer(f"Question {number}")
        await gate.reached()
        waiting = (await socket.answer("The question that waits"))["conversation"]
        body = json.dumps({"title": "Mine"})
        path = f"/c/{waiting}/rename/" if what == "renamed" else f"/c/{waiting}/delete/"
        await sync_to_async(client.post)(path, body, content_type="application/json")
        gate.open()
        await until_idle()
    asked = [request.question for request in openai.streams if is_for_a_title(request)]
    assert len(asked) == title_suggestion.MAX_CONCURRENT_REQUESTS
    assert not any("that waits" in question for question in asked)


async def test_none_is_asked_about_an_answer_that_another_process_writes_by_now(alice: User, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("Ours "), Hold(gate), Text("alone"), Finish())
    async with Socket(alice) as socket:
        reply = (await socket.send("How do tides work?"))["reply"]
        await gate.reached()
        another = {"lease_holder": uuid.uuid4(), "lease_until": timezone.now() + timedelta(minutes=5)}
        await Message.objects.filter(pk=reply).aupdate(run=F("run") + 1, **another)
        gate.open()
        await until_idle()
    assert len(openai.streams) == 1


@pytest.mark.every_database
async def test_what_the_person_wrote_stays(alice: User, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.answer_with = lambda request: Answer(steps=(Hold(gate), Text("Too late"), Finish())) if is_for_a_title(request) else None
    client = Client()
    async with Socket(alice, client=client) as socket:
        finished = await socket.answer("Hello")
        await gate.reached()
        body = json.dumps({"title": "Mine"})
        await sync_to_async(client.post)(f"/c/{finished['conversation']}/rename/", body, content_type="application/json")
        gate.open()
        await until_idle()
    saved = await Conversation.objects.aget()
    assert (saved.title, saved.title_source) == ("Mine", "person")


@pytest.mark.parametrize("answer", [failure(400, "No"), Answer(steps=(Text("x" * 300), Finish())), Answer(steps=(Finish(),))])
async def test_if_that_fails_the_first_words_stay(alice: User, openai: ScriptedOpenAI, answer: Answer) -> None:
    openai.answer_with = lambda request: answer if is_for_a_title(request) else None
    async with Socket(alice) as socket:
        await socket.answer("How do tides work?")
    assert (await Conversation.objects.aget()).title == "How do tides work?"


async def test_the_first_complete_answer_gives_the_title_however_those_before_ended(alice: User, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    answers = {"How do tides work?": failure(400, "No"), "Please?": Answer(steps=(Text("The moon"), Hold(gate), Finish()))}
    by_itself = openai.answer_with
    openai.answer_with = lambda request: answers.get(request.question.split("\n")[-1]) or (by_itself and by_itself(request))
    async with Socket(alice) as socket:
        accepted = await socket.send("How do tides work?")
        await socket.until("finished", status="failed")
        stopped = await socket.send("Please?", accepted["conversation"], parent=accepted["reply"])
        await gate.reached()
        await socket.command("stop", message=stopped["reply"])
        await socket.until("finished", status="stopped")
        await until_idle()
        assert not [request for request in openai.streams if is_for_a_title(request)]
        await socket.answer("And now?", accepted["conversation"], parent=stopped["reply"])
        await socket.until("conversation", title="A fitting title")
    [request] = [request for request in openai.streams if is_for_a_title(request)]
    assert "And now?" in request.question


@pytest.mark.every_database
async def test_a_title_that_could_not_be_had_is_asked_for_again_but_not_for_ever(alice: User, openai: ScriptedOpenAI) -> None:
    openai.answer_with = lambda request: failure(400, "No") if is_for_a_title(request) else None
    async with Socket(alice) as socket:
        conversation = (await socket.answer("How do tides work?"))["conversation"]
        for number in range(4):
            await until_idle()
            await socket.answer(f"And {number}?", conversation)
        await until_idle()
    assert len([request for request in openai.streams if is_for_a_title(request)]) == title_suggestion.MAX_REQUESTS_PER_CONVERSATION


async def test_a_title_is_not_asked_for_again_before_the_provider_wishes(alice: User, openai: ScriptedOpenAI) -> None:
    asked: list[float] = []

    def answer(request: Request) -> Answer | None:
        if not is_for_a_title(request):
            return None
        asked.append(monotonic())
        return failure(503, headers={"Retry-After-Ms": "700"}) if len(asked) == 1 else Answer(steps=(Text("The tides"), Finish()))

    openai.answer_with = answer
    async with Socket(alice) as socket:
        conversation = (await socket.answer("How do tides work?"))["conversation"]
        await until_idle()
        await socket.answer("And the moon?", conversation)
        await socket.until("conversation", title="The tides")
    assert asked[1] - asked[0] >= 0.7


async def test_a_title_in_another_script_than_the_conversation_is_none(alice: User, openai: ScriptedOpenAI) -> None:
    openai.answer_with = lambda request: Answer(steps=(Text("How tides work"), Finish())) if is_for_a_title(request) else None
    openai.script(Text("因为月球的引力。"), Finish())
    async with Socket(alice) as socket:
        await socket.answer("潮汐是怎么形成的？")
        await until_idle()
    assert (await Conversation.objects.aget()).title == "潮汐是怎么形成的？"
