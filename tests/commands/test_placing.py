"""Pinned conversations lead the list, archived ones leave it, and several change at once; every open page hears it."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from conversations.commands import placing
from conversations.models import Conversation, Message, Role, Status, User, text_part
from tests.support.scripted_openai import Finish, ScriptedOpenAI, Text
from tests.support.socket_client import Socket

PAGE = 50


def conversations(owner: User, count: int, **fields: Any) -> list[Conversation]:
    """Newest first."""
    now = timezone.now()
    made = [Conversation(owner=owner, title=f"Talk {n}", updated=now - timedelta(hours=n), **fields) for n in range(count)]
    return Conversation.objects.bulk_create(made)


def post(client: Client, address: str, body: object) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json")


def listed(client: Client, **query: str) -> list[str]:
    return [row["title"] for row in client.get("/conversations/", query).json()["conversations"]]


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


@pytest.mark.django_db
def test_pinned_ones_come_first_however_old_they_are(signed_in: Client, alice: User) -> None:
    saved = conversations(alice, 2 * PAGE + 10)
    old, older = saved[-3], saved[-1]
    assert old.title not in listed(signed_in)
    answer = post(signed_in, "/conversations/change/", {"conversations": [str(old.pk), str(older.pk)], "pinned": True})
    assert {row["conversation"]: row["pinned"] for row in answer.json()["conversations"]} == {str(old.pk): True, str(older.pk): True}
    first = signed_in.get("/conversations/").json()
    assert [row["title"] for row in first["conversations"]][:3] == [old.title, older.title, "Talk 0"]
    titles = [row["title"] for row in first["conversations"]]
    while first["more"]:
        first = signed_in.get("/conversations/", {"before": first["more"]}).json()
        titles += [row["title"] for row in first["conversations"]]
    assert sorted(titles) == sorted(conversation.title for conversation in saved)  # each of them once
    assert b"Talk 107" in signed_in.get("/").content  # without asking for more


@pytest.mark.django_db
def test_archived_ones_leave_the_list_for_the_archive(signed_in: Client, alice: User, bob: User) -> None:
    saved = conversations(alice, 4)
    conversations(bob, 1, archived=True)
    chosen = [str(saved[1].pk), str(saved[3].pk)]
    assert post(signed_in, "/conversations/change/", {"conversations": chosen, "archived": True}).status_code == 200
    assert listed(signed_in) == ["Talk 0", "Talk 2"]
    assert listed(signed_in, archived="1") == ["Talk 1", "Talk 3"]
    assert post(signed_in, "/conversations/change/", {"conversations": chosen[:1], "archived": False}).status_code == 200
    assert listed(signed_in) == ["Talk 0", "Talk 1", "Talk 2"]
    assert listed(signed_in, archived="1") == ["Talk 3"]


@pytest.mark.django_db
def test_only_so_many_can_be_pinned(signed_in: Client, alice: User) -> None:
    conversations(alice, placing.MAX_PINNED, pinned=True)
    archived = conversations(alice, 1, pinned=True, archived=True)[0]
    one, other = conversations(alice, 1)[0], conversations(alice, 1, archived=True)[0]
    for chosen, change in ((one, {"pinned": True}), (archived, {"archived": False})):
        answer = post(signed_in, "/conversations/change/", {"conversations": [str(chosen.pk)], **change})
        assert answer.status_code == 400
        assert "100" in answer.json()["detail"]
    one.refresh_from_db()
    archived.refresh_from_db()
    assert (one.pinned, archived.archived) == (False, True)
    assert post(signed_in, "/conversations/change/", {"conversations": [str(other.pk)], "archived": False}).status_code == 200


@pytest.mark.every_database
@pytest.mark.django_db
def test_several_are_deleted_with_all_their_messages(signed_in: Client, alice: User, bob: User) -> None:
    saved, other = conversations(alice, 3), conversations(bob, 1)[0]
    for conversation in (*saved, other):
        parent = None
        for _ in range(3):
            parent = Message.objects.create(conversation=conversation, owner=conversation.owner, parent=parent, role=Role.USER)
        conversation.leaf = parent
        conversation.save()
    chosen = [str(saved[0].pk), str(saved[2].pk), str(other.pk), str(uuid.uuid4())]
    assert post(signed_in, "/conversations/delete/", {"conversations": chosen}).status_code == 204
    assert set(Conversation.objects.all()) == {saved[1], other}
    assert Message.objects.count() == 6
    assert post(signed_in, "/conversations/delete/", {"conversations": chosen}).status_code == 404


@pytest.mark.django_db
def test_what_makes_no_sense_is_refused(signed_in: Client, alice: User) -> None:
    one = str(conversations(alice, 1)[0].pk)
    for body in (
        {},
        {"conversations": []},
        {"conversations": one, "pinned": True},
        {"conversations": [one]},
        {"conversations": [one], "pinned": "yes"},
        {"conversations": [one], "title": "x"},
        {"conversations": [1], "pinned": True},
        {"conversations": [None], "pinned": True},
        {"conversations": ["x"], "pinned": True},
        {"conversations": [one] * 201, "pinned": True},
    ):
        assert post(signed_in, "/conversations/change/", body).status_code == 400, body
    for chosen in ([one] * 201, "all"):
        assert post(signed_in, "/conversations/delete/", {"conversations": chosen}).status_code == 400, chosen
    assert listed(signed_in) == ["Talk 0"]


@pytest.mark.every_database
@pytest.mark.django_db(transaction=True)
async def test_open_pages_hear_it_and_a_message_brings_it_back(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("Yes."), Finish())
    conversation = (await sync_to_async(conversations)(alice, 1))[0]
    question = await Message.objects.acreate(conversation=conversation, owner=alice, role=Role.USER, parts=[text_part("Hello")])
    conversation.leaf = await Message.objects.acreate(
        conversation=conversation, owner=alice, parent=question, role=Role.ASSISTANT, parts=[text_part("Hi")], status=Status.COMPLETE
    )
    await conversation.asave()
    async with Socket(alice) as socket, Socket(alice) as other:
        client = socket.client
        answer = await sync_to_async(post)(
            client, "/conversations/change/", {"conversations": [str(conversation.pk)], "pinned": True, "archived": True}
        )
        assert answer.status_code == 200
        for tab in (socket, other):
            frame = await tab.until("conversation")
            assert (frame["conversation"], frame["pinned"], frame["archived"]) == (str(conversation.pk), True, True)
        await socket.send("Still there?", conversation=str(conversation.pk))
        frame = await other.until("conversation")
        assert (frame["archived"], frame["pinned"], frame["running"]) == (False, True, True)
    await conversation.arefresh_from_db()
    assert not conversation.archived
