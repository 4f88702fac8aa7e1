"""Where conversations stand in their owner's list: pinned at its top, or archived and left out. Synchronous."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence

from django.db import transaction

from conversations.broadcast import frames
from conversations.models import Conversation, Message, User
from conversations.processes import supervisor

from .refusals import Refused, not_found

MAX_PINNED = 100


def place(user: User, ids: Collection[uuid.UUID], *, pinned: bool | None = None, archived: bool | None = None) -> list[frames.Frame]:
    """Pin or archive the user's conversations among `ids`, or undo it, in one transaction; None leaves it as it is.

    All open pages are notified. Returns the rows. Raises Refused, where none of them is there or too many would be pinned.
    """
    changes = {name: value for name, value in (("pinned", pinned), ("archived", archived)) if value is not None}
    if not changes:
        raise Refused("invalid", "There is nothing to change.")
    with transaction.atomic():
        found = list(Conversation.objects.of(user).select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
        if not found:
            raise not_found()
        for conversation in found:
            vars(conversation).update(changes)
        Conversation.objects.filter(pk__in=[conversation.pk for conversation in found]).update(**changes)
        comes_first = any(conversation.pinned and not conversation.archived for conversation in found)
        if comes_first and Conversation.objects.of(user).filter(pinned=True, archived=False).count() > MAX_PINNED:
            raise Refused("invalid", f"At most {MAX_PINNED} conversations can be pinned. Unpin some first.")
        transaction.on_commit(lambda: _publish(user, found))
    return entries(found)


def entries(conversations: Sequence[Conversation]) -> list[frames.Frame]:
    """Their rows in the list."""
    ids = [conversation.pk for conversation in conversations]
    running = set(Message.objects.running().filter(conversation__in=ids).values_list("conversation_id", flat=True))
    return [frames.entry(conversation, running=conversation.pk in running) for conversation in conversations]


def _publish(user: User, conversations: Sequence[Conversation]) -> None:
    hub = supervisor.current().hub
    for row in entries(conversations):
        hub.publish_from_thread(user.pk, {"type": "conversation", **row})
