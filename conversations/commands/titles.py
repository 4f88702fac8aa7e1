"""Titles that need no model: the first words of a conversation, and what its owner writes. Synchronous."""

from __future__ import annotations

import re

from django.db import transaction

from conversations.models import Conversation, TitleSource
from conversations.models.conversations import MAX_TITLE_CHARACTERS
from conversations.search import entries

from .refusals import Refused

MAX_FIRST_WORDS_CHARACTERS = 60


def first_words(text: str) -> str:
    """The title until the model suggests one or the user writes one."""
    line = " ".join(re.sub(r"(^|\s)(#{1,6}|>|[-*+])(?=\s)|[*`]+", " ", text).split()) or " ".join(text.split())
    if len(line) <= MAX_FIRST_WORDS_CHARACTERS:
        return line
    return line[:MAX_FIRST_WORDS_CHARACTERS].rsplit(" ", 1)[0].rstrip(" ,.;:–-") + "…"


def rename(conversation: Conversation, title: str) -> None:
    """Give a conversation its owner's title. It is never overwritten by a suggested one. Raises Refused."""
    title = " ".join(title.replace("\x00", "").split())
    if not title:
        raise Refused("invalid", "A title needs at least one character.")
    if len(title) > MAX_TITLE_CHARACTERS:
        raise Refused("too_large", f"That title is too long: at most {MAX_TITLE_CHARACTERS} characters.")
    conversation.title, conversation.title_source = title, TitleSource.PERSON
    with transaction.atomic():
        conversation.save(update_fields=["title", "title_source"])
        entries.put_title(conversation)
