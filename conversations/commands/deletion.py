"""Deletes conversations: no reply in them goes on, and open pages drop them. Synchronous."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from conversations.broadcast import events
from conversations.models import Conversation, Message
from conversations.processes import supervisor


def announce(conversations: Iterable[Conversation]) -> None:
    """Call it in the transaction that deletes them: once they are gone, their replies are stopped and their watchers told."""
    process = supervisor.current()
    gone = [(conversation.pk, conversation.owner_id) for conversation in conversations]
    running = list(Message.objects.running().filter(conversation__in=[key for key, _ in gone]).values_list("pk", "lease_holder"))

    def tell() -> None:
        for message_id, holder in running:
            process.end(message_id, holder)
        for conversation_id, owner_id in gone:
            process.hub.publish_from_thread(owner_id, events.removed(conversation_id))

    transaction.on_commit(tell)
