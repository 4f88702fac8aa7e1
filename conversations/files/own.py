"""A user's own files: which they have, where each is held, and deleted at their wish, whatever holds them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from conversations.models import Attachment, Conversation, File, Message, User

from . import stored
from .refusal import FileRefused

ORDERS = {"date": ("-created", "-id"), "size": ("-size", "-id")}
"""What a list may begin with: the newest, or the largest."""


class Held(NamedTuple):
    """A file, and the conversations with a message that holds it."""

    file: File
    conversations: list[Conversation]

    @property
    def swept(self) -> datetime | None:
        """When it goes unless a message holds it by then."""
        if self.conversations or self.file.waiting_since is None:
            return None
        return self.file.waiting_since + timedelta(hours=settings.ORPHAN_FILE_HOURS)


def with_conversations(files: Sequence[File]) -> list[Held]:
    """The files of one user, each with its conversations, the newest first."""
    links = Attachment.objects.filter(file__in=files).values_list("file", "message__conversation").distinct()
    held_in: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    for file, conversation in links:
        held_in[file].add(conversation)
    found = Conversation.objects.in_bulk({key for keys in held_in.values() for key in keys})
    return [Held(file, sorted((found[key] for key in held_in[file.pk] if key in found), key=_age)) for file in files]


def _age(conversation: Conversation) -> tuple[float, str]:
    return -conversation.updated.timestamp(), str(conversation.pk)


def delete(owner: User, wanted: Collection[uuid.UUID]) -> int:
    """Delete the owner's files among these. Messages that hold one stay, and say that it was deleted. Returns how many they were.

    Raises FileRefused where one is in an answer that is still being written.
    """
    with transaction.atomic():
        files = list(
            File.objects.of(owner).select_for_update().filter(pk__in=wanted).order_by("pk").only("content", "thumbnail", "original")
        )
        keys = [file.pk for file in files]
        gone = set(map(str, keys))
        held = Attachment.objects.filter(file__in=keys).values("message")
        messages = Message.objects.of(owner).select_for_update().filter(pk__in=held).order_by("pk").only("parts", "status")
        for message in messages:
            if message.is_running:
                raise FileRefused("busy", "An answer with one of these files is still being written. Delete it when that is done.", 409)
            message.parts = [{**part, "deleted": True} if part.get("file") in gone else part for part in message.parts]
            message.save(update_fields=["parts"])
        Attachment.objects.filter(file__in=keys).delete()
        File.objects.filter(pk__in=keys).delete()
        stored.delete_on_commit([name for file in files for name in file.stored])
    return len(files)
