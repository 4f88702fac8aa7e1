"""Deleting conversations, and what follows from it: their replies are stopped, and open pages drop them. Synchronous."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from django.db import transaction

from conversations.broadcast import frames
from conversations.files import deletion as files
from conversations.models import Conversation, Message, User
from conversations.processes import supervisor
from conversations.usage.ledger import recording

from .refusals import not_found


def delete(user: User, ids: Collection[uuid.UUID]) -> None:
    """Delete the user's conversations among `ids` with all their messages, in one transaction. Raises Refused, where none is there."""
    with transaction.atomic():
        found = list(Conversation.objects.of(user).filter(pk__in=ids).only("pk", "owner"))
        if not found:
            raise not_found()
        announce(found)
        Conversation.objects.filter(pk__in=[conversation.pk for conversation in found]).delete()


def announce(conversations: Iterable[Conversation]) -> None:
    """Stop their replies, notify their watchers and delete their files once they are deleted, in the caller's transaction."""
    process = supervisor.current()
    deleted = [(conversation.pk, conversation.owner_id) for conversation in conversations]
    files.release(files.held_in([key for key, _ in deleted]))
    files.release_sounds(files.heard_in(message__conversation__in=[key for key, _ in deleted]))
    running = list(Message.objects.running().filter(conversation__in=[key for key, _ in deleted]).values_list("pk", "lease_holder"))

    def stop_and_publish() -> None:
        for message_id, holder in running:
            process.end(message_id, holder)
        for conversation_id, owner_id in deleted:
            process.hub.publish_from_thread(owner_id, frames.removed(conversation_id))
        recording.forget_causes(message_id for message_id, _ in running)

    transaction.on_commit(stop_and_publish)
