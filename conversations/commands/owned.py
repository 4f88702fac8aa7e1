"""What a command finds among its user's own, in the transaction that it runs in. Synchronous."""

from __future__ import annotations

import uuid

from django.db import models

from conversations.models import Conversation, Message, Role, User
from conversations.models.compiled import Parameter, Select

from .refusals import Refused, not_found


def conversation(user: User, conversation_id: uuid.UUID) -> Conversation:
    """Locked until the end of the transaction. Raises Refused where the user has none with this id."""
    # Not its key, to which the end of a reply refers, in a transaction that may hold what this one waits for.
    found = _CONVERSATION.first(owner=user.pk, id=conversation_id)
    if found is None:
        raise not_found()
    return found


def message(user: User, message_id: uuid.UUID, role: Role) -> Message:
    """With its parent. Raises Refused where the user has none with this id, or one of another role."""
    found = Message.objects.of(user).select_related("parent").filter(pk=message_id).first()
    if found is None:
        raise not_found()
    if found.role != role:
        raise Refused("invalid", "That isn’t possible with this message. Reload the page.")
    return found


def parent(of: Conversation, parent_id: uuid.UUID | None) -> Message | None:
    """The answer that a new message follows, without its parts: that of the shown path unless one is named. Raises Refused."""
    parent_id = parent_id or of.leaf_id
    if parent_id is None:
        return None
    found = _PARENT.first(conversation=of.pk, id=parent_id)
    if found is None:
        raise not_found()
    if found.role != Role.ASSISTANT:
        raise Refused("invalid", "A message can only follow an answer. Reload the page, then send it again.")
    if found.is_running:
        raise Refused("busy", "The previous answer is still being written. Wait for it or stop it, then send again.", is_brief=True)
    return found


_ID = Parameter("id", models.UUIDField())
_CONVERSATION = Select(
    lambda: (
        Conversation.objects.filter(owner=Parameter("owner", models.UUIDField()), pk=_ID)
        .select_related("prompt__published")
        .select_for_update(no_key=True, of=("self",))
    )
)
_PARENT = Select(lambda: Message.objects.filter(conversation=Parameter("conversation", models.UUIDField()), pk=_ID).defer("parts"))
