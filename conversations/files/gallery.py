"""The pictures that were made for a user, in conversations that are still there. Synchronous."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from conversations.models import Attachment, Conversation, File, Role, User, picture_part


class Shown(NamedTuple):
    """A picture, what it is of, and the last conversation that it was made in."""

    file: File
    alt: str
    conversation: Conversation

    @property
    def part(self) -> dict[str, Any]:
        """As a message holds it."""
        return picture_part(self.file, self.alt)


def pictures_of(user: User) -> QuerySet[File]:
    """The newest first. What is said in temporary chats is in no list."""
    made = _made().filter(file=OuterRef("pk"), message__owner=user)
    return File.objects.of(user).filter(Exists(made)).defer("text", "digest").order_by("-id")


def shown(user: User, files: Sequence[File]) -> list[Shown]:
    """These of the user's pictures, with where they are. One whose conversation was just deleted is left out."""
    links = _made().filter(file__in=files, message__owner=user).select_related("message__conversation").order_by("message")
    latest: dict[uuid.UUID, Attachment] = {link.file_id: link for link in links}
    return [_shown(file, latest[file.pk]) for file in files if file.pk in latest]


def _made() -> QuerySet[Attachment]:
    """Answers hold nothing but pictures that were made."""
    return Attachment.objects.filter(message__role=Role.ASSISTANT, message__conversation__temporary=False)


def _shown(file: File, link: Attachment) -> Shown:
    alt = next((part.get("alt", "") for part in link.message.parts if part.get("file") == str(file.pk)), "")
    return Shown(file, str(alt or file.name), link.message.conversation)
