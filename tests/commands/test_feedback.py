"""Feedback on an answer is saved at once, replaced by what the user says later, shown in every tab, and goes with its message."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Feedback, Message, Role, User, text_part
from tests.support.scripted_openai import Finish, ScriptedOpenAI, Text
from tests.support.socket_client import Socket

DOWN = {"thumb": "down", "tags": ["not_helpful", "wrong"], "words": " It is 1969. "}
SAVED = {"thumb": "down", "tags": ["wrong", "not_helpful"], "words": "It is 1969."}


@pytest.fixture
def conversation(alice: User, client: Client) -> Conversation:
    """A question with two answers, of which the second one is shown."""
    client.force_login(alice)
    made = Conversation.objects.create(owner=alice, updated=timezone.now())
    question = Message.objects.create(conversation=made, owner=alice, role=Role.USER, parts=[text_part("When?")])
    for text in ("In 1968.", "In 1969."):
        answer = Message.objects.create(conversation=made, owner=alice, parent=question, role=Role.ASSISTANT, parts=[text_part(text)])
    made.leaf = answer
    made.save()
    return made


def address(message: Message) -> str:
    return f"/c/{message.conversation_id}/messages/{message.pk}/feedback/"


def give(client: Client, message: Message | None, given: Any) -> Any:
    assert message is not None
    return client.post(address(message), given, content_type="application/json")


def told(client: Client, conversation: Conversation) -> list[Any]:
    return [message["feedback"] for message in client.get(f"/c/{conversation.pk}/messages/").json()["messages"]]


@pytest.mark.every_database
def test_it_is_saved_replaced_and_taken_back(client: Client, conversation: Conversation) -> None:
    answer = give(client, conversation.leaf, {"thumb": "up"})
    assert (answer.status_code, answer.json()) == (200, {"feedback": {"thumb": "up", "tags": [], "words": ""}})
    assert give(client, conversation.leaf, DOWN).json() == {"feedback": SAVED}
    assert told(client, conversation) == [None, SAVED]
    assert Feedback.objects.get().user == conversation.owner
    assert give(client, conversation.leaf, {"thumb": None}).json() == {"feedback": None}
    assert told(client, conversation) == [None, None]
    assert not Feedback.objects.exists()


def test_it_stays_when_another_branch_is_shown_and_goes_with_its_own(client: Client, conversation: Conversation) -> None:
    first, second = conversation.messages.filter(role=Role.ASSISTANT).order_by("pk")
    give(client, first, {"thumb": "up"})
    give(client, second, DOWN)
    for shown, given in ((first, "up"), (second, "down")):
        answer = client.post(f"/c/{conversation.pk}/leaf/", {"message": str(shown.pk)}, content_type="application/json")
        assert answer.json()["messages"][-1]["feedback"]["thumb"] == given
    client.post(f"/c/{conversation.pk}/messages/{second.pk}/delete/")
    assert [feedback.message for feedback in Feedback.objects.all()] == [first]
    client.post(f"/c/{conversation.pk}/delete/")
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    "given",
    [
        {"thumb": "sideways"},
        {"thumb": ["up"]},
        {"thumb": "down", "tags": ["boring"]},
        {"thumb": "down", "tags": "wrong"},
        {"thumb": "down", "tags": [{}]},
        {"thumb": "up", "tags": ["wrong"]},
        {"thumb": "up", "words": 7},
        {"thumb": "up", "words": "x" * 2001},
        "up",
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(client: Client, conversation: Conversation, given: Any) -> None:
    give(client, conversation.leaf, {"thumb": "up", "words": "x" * 2000})
    answer = give(client, conversation.leaf, given)
    assert answer.status_code == 400
    assert answer.json()["detail"].endswith(".")
    assert told(client, conversation)[1] == {"thumb": "up", "tags": [], "words": "x" * 2000}


def test_only_answers_take_it(client: Client, conversation: Conversation) -> None:
    assert give(client, conversation.messages.get(role=Role.USER), {"thumb": "up"}).status_code == 400
    assert not Feedback.objects.exists()


@pytest.mark.django_db(transaction=True)
async def test_every_tab_hears_of_it(alice: User, openai: ScriptedOpenAI) -> None:
    client = Client()
    openai.script(Text("Half an"), Finish("length"))
    async with Socket(alice, client=client) as one, Socket(alice, client=client) as other:
        reply = (await one.send("Hello"))["reply"]
        ended = await one.until("finished")
        await other.command("watch", conversation=ended["conversation"])
        assert (await other.until("snapshot"))["feedback"] is None
        message = await Message.objects.aget(pk=reply)
        await sync_to_async(give)(client, message, DOWN)
        for socket in (one, other):
            heard = await socket.until("feedback")
            assert heard == {"type": "feedback", "conversation": ended["conversation"], "message": reply, "feedback": SAVED}
        await other.command("watch", conversation=ended["conversation"])
        assert (await other.until("snapshot"))["feedback"] == SAVED  # it may have read the messages before
        await one.command("continue", message=reply)
        while (again := await one.until("message"))["message"]["id"] != reply:
            pass
        assert "feedback" not in again["message"]  # so that a page keeps what it shows
        await one.until("finished")
