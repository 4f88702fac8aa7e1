"""A page asks for the messages of a conversation in excerpts: some at a time, or many at once where it wants all."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message, User

MESSAGES = 450


def chain(owner: User) -> tuple[Conversation, list[Message]]:
    conversation = Conversation.objects.create(owner=owner, updated=timezone.now())
    path: list[Message] = []
    for _ in range(MESSAGES):
        path.append(Message(conversation=conversation, owner=owner, parent=path[-1] if path else None, role="user"))
    Message.objects.bulk_create(path)
    return conversation, path


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("count", "found"), [("", 40), ("7", 7), ("400", 400), ("9999", 400), ("99999999", 40), ("0", 1), ("-3", 40), ("many", 40)]
)
def test_how_many_come(client: Client, alice: User, count: str, found: int) -> None:
    conversation, path = chain(alice)
    client.force_login(alice)
    answer = client.get(f"/c/{conversation.pk}/messages/", {"before": str(path[-1].pk), "count": count}).json()
    assert [message["id"] for message in answer["messages"]] == [str(message.pk) for message in path[-1 - found : -1]]
    assert answer["older"] is True


@pytest.mark.django_db
@pytest.mark.parametrize(("up", "found"), [(10, 40), (200, 201), (399, 400), (400, 400), (MESSAGES, 400)])
def test_another_branch_comes_as_far_up_as_one_answer_holds(client: Client, alice: User, up: int, found: int) -> None:
    """The page asks for what lies above."""
    conversation, path = chain(alice)
    beside = Message.objects.create(conversation=conversation, owner=alice, parent=path[-up].parent, role="user")
    conversation.leaf = beside
    conversation.save()
    client.force_login(alice)
    chosen = client.post(f"/c/{conversation.pk}/leaf/", {"message": str(path[-up].pk)}, "application/json").json()
    assert [message["id"] for message in chosen["messages"]] == [str(message.pk) for message in path[-found:]]
    deleted = client.post(f"/c/{conversation.pk}/messages/{beside.pk}/delete/").json()
    assert [message["id"] for message in deleted["messages"]] == [str(message.pk) for message in path[-found:]]


@pytest.mark.django_db
@pytest.mark.parametrize(("characters", "found"), [(1000, 8), (0, 40), (100, 40)])
def test_who_opens_a_conversation_is_given_what_fills_a_screen(client: Client, alice: User, characters: int, found: int) -> None:
    conversation, path = chain(alice)
    Message.objects.filter(conversation=conversation).update(parts=[{"type": "text", "text": "x" * characters}])
    client.force_login(alice)
    answer = client.get(f"/c/{conversation.pk}/messages/").json()
    assert [message["id"] for message in answer["messages"]] == [str(message.pk) for message in path[-found:]]
    assert answer["older"] is True
    page = client.get(f"/c/{conversation.pk}/").context["page"]
    assert [message["id"] for message in page["messages"]] == [message.pk for message in path[-found:]]


@pytest.mark.django_db
def test_one_long_message_does_not_fill_a_screen_where_it_is_folded(client: Client, alice: User) -> None:
    conversation, path = chain(alice)
    Message.objects.filter(pk=path[-1].pk).update(parts=[{"type": "text", "text": "x" * 100_000}])
    client.force_login(alice)
    assert len(client.get(f"/c/{conversation.pk}/messages/").json()["messages"]) == 40
