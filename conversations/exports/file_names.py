"""What the file of a conversation is called: its day and title, without signs that a file system or a reader could take amiss."""

from __future__ import annotations

import re

from conversations.models import Conversation

MAX_CHARACTERS = 80
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]')


def file_name(conversation: Conversation, extension: str) -> str:
    """Such as "2026-11-26 Why the sky is blue.md"."""
    title = " ".join(UNSAFE.sub(" ", conversation.title).split())[:MAX_CHARACTERS].strip(" .") or "Conversation"
    return f"{conversation.updated:%Y-%m-%d} {title}.{extension}"
