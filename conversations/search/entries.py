"""Writes what can be found, in the transaction that writes what it is about. Deleting that deletes its entry, too."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext

from django.db import connection, models, transaction

from conversations.database_jobs import job_transaction
from conversations.models import Conversation, Message, SearchEntry
from conversations.models.compiled import Parameter, Update
from conversations.models.insertion import insert_rows
from conversations.models.message_content import found_by

from .folding import fold

log = logging.getLogger(__name__)

MAX_CHARACTERS = 200_000
"""Of a message: what it says beyond is not found. More words than this holds might not fit into PostgreSQL's index."""
TITLE_MARK = "\ue000"
"""The first word of titles' entries. Texts can't have it: of private use, it is no letter."""


def message_words(said: str) -> str:
    """An entry's words for what a message is found by; empty where that is nothing."""
    return _joined(fold(said[:MAX_CHARACTERS]))


def title_words(title: str) -> str:
    return _joined([TITLE_MARK, *fold(title)])


def add(message: Message, *, titled: bool) -> None:
    """A new message; `titled`: its conversation is new, too, and found by its title."""
    conversation = message.conversation

    def write() -> None:
        owned = {"owner_id": conversation.owner_id, "conversation_id": conversation.pk}
        entries = [{**owned, "message_id": None, "words": title_words(conversation.title)}] if titled else []
        if words := message_words(found_by(message)):
            entries.append({**owned, "message_id": message.pk, "words": words})
        if entries:
            insert_rows(SearchEntry, entries)

    _or_log(write, message)


def put(message: Message) -> None:
    """What a message says by now."""

    def write() -> None:
        if words := message_words(found_by(message)):
            owned = {"owner_id": message.owner_id, "conversation_id": message.conversation_id}
            insert_rows(SearchEntry, [{**owned, "message_id": message.pk, "words": words}], replacing=("message", "words"))
        else:
            with transaction.atomic():  # else Django takes an error in it for the end of the transaction around it
                SearchEntry.objects.filter(message=message.pk).delete()

    _or_log(write, message)


def put_title(conversation: Conversation) -> None:
    """What a conversation is called by now."""

    def write() -> None:
        words = title_words(conversation.title)
        if not _PUT_TITLE(conversation=conversation.pk, words=words):
            owned = {"owner_id": conversation.owner_id, "conversation_id": conversation.pk}
            insert_rows(SearchEntry, [{**owned, "message_id": None, "words": words}])

    _or_log(write, conversation)


_PUT_TITLE = Update(
    lambda: SearchEntry.objects.filter(conversation=Parameter("conversation", models.UUIDField()), message=None), ("words",)
)


def _joined(words: list[str]) -> str:
    """With a space before and after each word, so that a phrase is found as a part of it."""
    return f" {' '.join(words)}"[:MAX_CHARACTERS].rstrip() + " " if words else ""


def _or_log(write: Callable[[], None], about: object) -> None:
    """An index that can't be written must not keep an answer from being saved: `rebuild_search` finds what is missing."""
    try:
        # A statement that fails is undone by SQLite alone; PostgreSQL goes back to where it was before, or the job is done again, alone.
        with job_transaction() if connection.vendor == "postgresql" else nullcontext():
            write()
    except Exception:
        if connection.needs_rollback:  # all of the transaction is lost, and its caller must hear of it
            raise
        log.exception("%s can't be found by searching until `manage.py rebuild_search` has run", about)
