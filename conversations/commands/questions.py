"""The user's message, as it is before it is saved."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from conversations.models import Conversation, File, Message, Role, text_part

from . import attachments
from .refusals import Refused

MAX_MESSAGE_CHARACTERS = 100_000


Parts = Sequence[dict[str, Any]]


def checked(text: str, files: Sequence[uuid.UUID], results: Parts = ()) -> str:
    """The text, fit for storing. Raises Refused where there is nothing to send, or too much."""
    text = text.replace("\x00", "\ufffd").strip("\n")
    if not text.strip() and (files or results):
        return ""
    if not text.strip():
        raise Refused("invalid", "There is nothing to send: write a message first.")
    if len(text) > MAX_MESSAGE_CHARACTERS:
        detail = f"That message has {len(text):,} characters, and at most {MAX_MESSAGE_CHARACTERS:,} can be sent."
        raise Refused("too_large", f"{detail} Shorten it or send it in pieces.")
    return text


def made(
    conversation: Conversation, parent: Message | None, text: str, files: Sequence[File], request_id: uuid.UUID, results: Parts = ()
) -> Message:
    """Not saved yet. `results`: of functions, as parts."""
    return Message(
        conversation=conversation,
        owner_id=conversation.owner_id,
        parent=parent,
        role=Role.USER,
        parts=[*(attachments.part(file) for file in files), *results, *([text_part(text)] if text else [])],
        request_id=request_id,
    )
