"""What a prompt asks for is told to those who may use it, and a conversation's values to its owner alone."""

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Audience, Conversation, SystemPrompt, User

pytestmark = pytest.mark.django_db
ASKED = [{"name": "topic", "type": "text", "required": True}]


@pytest.fixture
def conversation(alice: User) -> Conversation:
    prompt = SystemPrompt.objects.create(name="Letters", slug="letters")
    prompt.publish(text="On {{ topic }}.", variables=ASKED)
    return Conversation.objects.create(owner=alice, prompt=prompt, updated=timezone.now(), variables={"topic": "owls"})


def test_the_owner_reads_and_changes_the_values(client: Client, alice: User, conversation: Conversation) -> None:
    client.force_login(alice)
    address = f"/c/{conversation.pk}/variables/"
    told = client.get(address).json()
    assert told["values"] == {"topic": "owls"}
    assert [(one["name"], one["label"], one["required"]) for one in told["variables"]] == [("topic", "Topic", True)]
    assert client.post(address, {"values": {"topic": "mice", "x": 1}}, "application/json").json()["values"] == {"topic": "mice"}
    refused = client.post(address, {"values": {"topic": ""}}, "application/json")
    assert (refused.status_code, refused.json()["detail"]) == (400, "Topic is missing.")
    conversation.refresh_from_db()
    assert conversation.variables == {"topic": "mice"}


def test_nobody_else_does(client: Client, bob: User, admin: User, conversation: Conversation) -> None:
    address = f"/c/{conversation.pk}/variables/"
    assert client.get(address).status_code == 401
    for user in (bob, admin):
        client.force_login(user)
        assert client.get(address).status_code == 404
        assert client.post(address, {"values": {"topic": "mice"}}, "application/json").status_code == 404
    assert client.get(f"/c/{uuid.uuid4()}/variables/").status_code == 404
    conversation.refresh_from_db()
    assert conversation.variables == {"topic": "owls"}


def test_a_prompt_tells_what_it_asks_for_to_those_who_may_use_it(client: Client, bob: User, conversation: Conversation) -> None:
    assert client.get("/variables/?prompt=letters").status_code == 401
    client.force_login(bob)
    assert [one["name"] for one in client.get("/variables/?prompt=letters").json()["variables"]] == ["topic"]
    assert client.get("/variables/").json()["variables"] == []
    SystemPrompt.objects.filter(slug="letters").update(audience=Audience.STAFF)
    assert client.get("/variables/?prompt=letters").status_code == 400
