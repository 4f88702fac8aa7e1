"""What follows from deleting conversations: their replies are stopped, and open pages drop them. Synchronous."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from conversations.broadcast import frames
from conversations.models import Conversation, Message
from conversations.processes import supervisor
from conversations.usage.ledger import recording


def announce(conversations: Iterable[Conversation]) -> None:
    """Stop their replies and notify their watchers once they are deleted. Call it in the transaction that deletes them."""
    process = supervisor.current()
    deleted = [(conversation.pk, conversation.owner_id) for conversation in conversations]
    running = list(Message.objects.running().filter(conversation__in=[key for key, _ in deleted]).values_list("pk", "lease_holder"))

    def stop_and_publish() -> None:
        for message_id, holder in running:
            process.end(message_id, holder)
        for conversation_id, owner_id in deleted:
            process.hub.publish_from_thread(owner_id, frames.removed(conversation_id))
        recording.forget_causes(message_id for message_id, _ in running)

    transaction.on_commit(stop_and_publish)
