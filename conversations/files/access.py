"""Who may see what is in a file."""

from __future__ import annotations

import uuid

from django.contrib.admin.models import CHANGE, LogEntry

from conversations.models import Attachment, Conversation, File, User

from .refusal import gone


def require(user: User, file_id: uuid.UUID, *, reads_conversations: bool) -> File:
    """The file, for its owner, and for an administrator who reads conversations, where one holds it. Raises FileRefused."""
    file = File.objects.defer("text").filter(pk=file_id).first()
    if file is None or not (file.owner_id == user.pk or (reads_conversations and Attachment.objects.filter(file=file).exists())):
        raise gone()
    return file


def note(user: User, file: File) -> None:
    """In the admin log, with each conversation that holds the file, that this user, who isn't its owner, opened it."""
    held_in = Conversation.objects.filter(messages__attachments__file=file).distinct()
    LogEntry.objects.log_actions(user.pk, held_in, CHANGE, f"Opened the attached file {file.pk}.")
