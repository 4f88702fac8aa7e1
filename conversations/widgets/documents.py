"""What visitors are told of messages: what was said and how it stands, and nothing of models, prompts and causes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conversations.models import Conversation, Feedback, Message, Role, User, tree_of

from . import pictures

Document = dict[str, Any]

SAID = ("text", "refusal")
"""Kinds of parts that a visitor reads. What a model thought, and what it called, are for the page of users."""
MOST_MESSAGES = 100


def of(message: Message, thumb: str | None = None) -> Document:
    """A message. `end` is the position up to which its text was written, see `models.positions`."""
    document = {"id": message.pk, "role": message.role, "status": message.status, "text": said(message.parts), "end": message.end}
    if shown := pictures.shown(message.parts):
        document["pictures"] = shown
    if message.role == Role.ASSISTANT:
        return {**document, "error": message.error_kind or None, "thumb": thumb}
    return {**document, "request": message.request_id}


def said(parts: Iterable[dict[str, Any]]) -> str:
    return "".join(part.get("text", "") for part in parts if part.get("type") in SAID)


def path(user: User, conversation: Conversation) -> list[Document]:
    """The last messages of the conversation's chosen path. Synchronous."""
    tree = tree_of(conversation.pk)
    keys = tree.path(conversation.leaf_id or tree.latest_leaf(None))[-MOST_MESSAGES:]
    messages = {message.pk: message for message in Message.objects.of(user).filter(pk__in=keys)}
    thumbs = dict(Feedback.objects.filter(user=user, message__in=keys).values_list("message", "thumb"))
    return [of(messages[key], thumbs.get(key)) for key in keys if key in messages]
