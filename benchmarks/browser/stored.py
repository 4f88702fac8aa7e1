"""Conversations that are there before the page is opened: a long one, and a sidebar full of short ones."""

from __future__ import annotations

from benchmarks.clients import people
from tests.support.serving import Served

MESSAGES_OF_A_SHORT_ONE = 4
WRITE = """
import json
from datetime import timedelta
from django.utils import timezone
from benchmarks.providers import longform
from conversations.models import Conversation, Message, User
owner = User.objects.get(username={username!r})
conversations, messages, leaves = [], [], []
for number in range({count}):
    updated = timezone.now() - timedelta(minutes=20 * number)
    conversation, leaf = Conversation(owner=owner, title=f"Conversation {{number}}", updated=updated), None
    for place in range({messages}):
        parts = [{{"type": "text", "text": longform.message(number + place)}}]
        role = "assistant" if place % 2 else "user"
        leaf = Message(conversation=conversation, owner=owner, parent=leaf, role=role, parts=parts)
        messages.append(leaf)
    conversations.append(conversation)
    leaves.append(leaf)
Conversation.objects.bulk_create(conversations)
Message.objects.bulk_create(messages, batch_size=500)
for conversation, leaf in zip(conversations, leaves, strict=True):
    conversation.leaf = leaf
Conversation.objects.bulk_update(conversations, ["leaf"], batch_size=200)
print(json.dumps([str(conversation.pk) for conversation in conversations]))
"""


def write(server: Served, username: str, count: int, messages: int = MESSAGES_OF_A_SHORT_ONE) -> list[str]:
    """The ids of `count` new conversations of `messages` messages each."""
    ids: list[str] = people.evaluate(server, WRITE.format(username=username, count=count, messages=messages))
    return ids
