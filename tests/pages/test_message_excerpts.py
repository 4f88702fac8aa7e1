"""A page asks for the messages of a conversation in excerpts: some at a time, or many at once where it wants all."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message, User

MESSAGES = 450


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("count", "found"), [("", 40), ("7", 7), ("400", 400), ("9999", 400), ("99999999", 40), ("0", 1), ("-3", 40), ("many", 40)]
)
def test_how_many_come(client: Client, alice: User, count: str, found: int) -> None:
    conversation = Conversation.objects.create(owner=alice, updated=timezone.now())
    path: list[Message] = []
    for _ in range(MESSAGES):
        path.append(Message(conversation=conversation, owner=alice, parent=path[-1] if path else None, role="user"))
    Message.objects.bulk_create(path)
    client.force_login(alice)
    answer = client.get(f"/c/{conversation.pk}/messages/", {"before": str(path[-1].pk), "count": count}).json()
    assert [message["id"] for message in answer["messages"]] == [str(message.pk) for message in path[-1 - found : -1]]
    assert answer["older"] is True
