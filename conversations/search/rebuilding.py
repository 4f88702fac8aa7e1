"""Rebuilds the whole index while it is in use."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db import transaction

from conversations.jobs.context import TaskContext
from conversations.jobs.tasks import Lane, task
from conversations.models import Conversation, Message, SearchEntry
from conversations.models.message_content import found_by
from conversations.models.messages import RUNNING

from . import index
from .entries import message_words, title_words

BATCH_SIZE = 500
"""So that no transaction is long: SQLite has one writer."""


@task(title="Rebuild the search index", takes_context=True, lane=Lane.LONG)
def rebuild_search_index(context: TaskContext) -> str:
    """While it is in use."""
    total, done = Conversation.objects.count() + Message.objects.count(), 0

    def read(rows: int) -> None:
        nonlocal done
        done += rows
        context.progress(min(done, total), total)  # there may be more of them meanwhile

    read(0)
    return f"{in_words(rebuild(read))}."


def in_words(written: int) -> str:
    return f"{written:,} entr{'y was' if written == 1 else 'ies were'} missing or out of date"


def rebuild(read: Callable[[int], None] = lambda _: None) -> int:
    """Write each entry that is missing or out of date, and then the database's index. Returns how many entries were written.

    `read` is told of each batch how many titles or messages it has.
    """
    written = fill(Conversation, Message, SearchEntry, read)
    index.in_use().rebuild()
    return written


def fill(conversation_model: Any, message_model: Any, entry_model: Any, read: Callable[[int], None] = lambda _: None) -> int:
    """Write each entry that is missing or out of date. The models may be a migration's. Returns how many were written."""
    titles = conversation_model.objects.only("owner_id", "title")
    messages = message_model.objects.only("owner_id", "conversation_id", "parts", "status", "finish_reason")
    return _fill(titles, entry_model, _of_titles, read) + _fill(messages, entry_model, _of_messages, read)


def _fill(rows: Any, entry_model: Any, entries_of: Any, read: Callable[[int], None]) -> int:
    written, last = 0, uuid.UUID(int=0)
    while True:
        with transaction.atomic():
            # Locked, so that none is deleted, renamed or continued between being read and being written.
            batch = list(rows.filter(pk__gt=last).order_by("pk").select_for_update(of=("self",))[:BATCH_SIZE])
            if not batch:
                return written
            wanted, known = entries_of(batch, entry_model)
            missing = [entry for key, entry in wanted.items() if key not in known]
            changed = [known[key] for key, entry in wanted.items() if key in known and known[key].words != entry.words]
            for entry in changed:
                entry.words = wanted[entry.message_id or entry.conversation_id].words
            entry_model.objects.bulk_create(missing)
            entry_model.objects.bulk_update(changed, ["words"], batch_size=50)
            written += len(missing) + len(changed)
            last = batch[-1].pk
        read(len(batch))


def _of_titles(batch: list[Any], entry_model: Any) -> tuple[dict[uuid.UUID, Any], dict[uuid.UUID, Any]]:
    """What is to be there and what is there, by the conversation."""
    wanted = {one.pk: entry_model(owner_id=one.owner_id, conversation_id=one.pk, words=title_words(one.title)) for one in batch}
    known = entry_model.objects.filter(conversation__in=wanted.keys(), message=None)
    return wanted, {entry.conversation_id: entry for entry in known}


def _of_messages(batch: list[Any], entry_model: Any) -> tuple[dict[uuid.UUID, Any], dict[uuid.UUID, Any]]:
    """The same by the message. What is being written gets its entry at its end."""
    wanted = {}
    for one in batch:
        words = message_words(found_by(one)) if one.status not in RUNNING else ""
        if words:
            wanted[one.pk] = entry_model(owner_id=one.owner_id, conversation_id=one.conversation_id, message_id=one.pk, words=words)
    known = entry_model.objects.filter(message__in=wanted.keys())
    return wanted, {entry.message_id: entry for entry in known}
