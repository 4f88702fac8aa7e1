"""The user copied an answer: a sign of what it was worth. What was copied is not told."""

from __future__ import annotations

import uuid

from conversations.models import Message, Role, User

from .refusals import not_found


def note(user: User, conversation_id: uuid.UUID, message_id: uuid.UUID) -> None:
    """Remember that it was copied; again changes nothing. Raises Refused where the user has no such answer."""
    answer = Message.objects.of(user).filter(conversation=conversation_id, pk=message_id, role=Role.ASSISTANT)
    if not answer.filter(copied=None).update(copied=True) and not answer.exists():
        raise not_found()
