"""Deleting: how much goes along, in numbers instead of Django's list of every related row, and what must be told to whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from conversations.models import Conversation
from conversations.replies import events, running, watchers

Summary = tuple[list[str], dict[str, int], set[str], list[str]]


def summary(objects: Iterable[Any], related: Mapping[Any, int], protected: list[str] | None = None) -> Summary:
    """For `ModelAdmin.get_deleted_objects`. `related` counts the rows that are deleted along; nothing of them is shown."""
    objects = list(objects)
    counts = {str(objects[0]._meta.verbose_name_plural): len(objects)} if objects else {}
    counts |= {str(model._meta.verbose_name_plural): count for model, count in related.items() if count}
    return [str(thing) for thing in objects], counts, set(), protected or []


def announce(conversations: Iterable[Conversation]) -> None:
    """Once they are gone: no answer goes on being paid for, and the owners' open pages drop them."""
    gone = [(conversation.pk, conversation.owner_id) for conversation in conversations]

    def tell() -> None:
        for pk, owner in gone:
            running.stop_conversation(pk)
            watchers.publish_from_thread(owner, events.removed(pk))

    transaction.on_commit(tell)
