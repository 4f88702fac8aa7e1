"""Files that users upload or have made, and which messages hold them. Their bytes are in the storage `files`, never in rows."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from conversations.database_jobs import is_shared

from .identifiers import new_id
from .messages import Message
from .people import User

MAX_FILE_NAME_CHARACTERS = 200


def files_storage() -> Storage:
    """Where the bytes are, as settings say."""
    return storages["files"]


def random_name(instance: object, filename: str) -> str:
    """Under which bytes are stored: it tells nothing of the user, and nothing of the file."""
    name = secrets.token_hex(16)
    return f"{name[:2]}/{name}"


class FileKind(models.TextChoices):
    IMAGE = "image", "Image"
    DOCUMENT = "document", "Document"
    AUDIO = "audio", "Audio"


class FileState(models.TextChoices):
    READING = "reading", "being read"
    READY = "ready", "ready"
    NO_TEXT = "no_text", "without its text"
    REFUSED = "refused", "refused"


class FileQuerySet(models.QuerySet["File"]):
    def of(self, user: User) -> Self:
        """The user's own files: every query for a user starts here."""
        return self.filter(owner=user)

    def unattached(self) -> Self:
        """Those that no message holds."""
        return self.filter(~Exists(Attachment.objects.filter(file=OuterRef("pk"))))


class File(models.Model):
    """Uploaded by its owner, or made for them. What is given out and sent to models is `content`: of an image, our own encoding of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="files")
    digest = models.CharField(max_length=64, help_text="SHA-256 of what was uploaded.")
    name = models.CharField(max_length=MAX_FILE_NAME_CHARACTERS)
    content_type = models.CharField(max_length=100, blank=True, help_text="Told by what is in it.")
    kind = models.CharField(max_length=10, choices=FileKind, default=FileKind.DOCUMENT)
    size = models.PositiveBigIntegerField(help_text="Bytes of its content, and of a picture as it came.")
    content = models.FileField(storage=files_storage, upload_to=random_name)
    thumbnail = models.FileField(storage=files_storage, upload_to=random_name, blank=True)
    original = models.FileField(
        storage=files_storage,
        upload_to=random_name,
        blank=True,
        default="",
        db_default="",
        help_text="Of a picture that a model made: as it came, with what it says of its origin (content credentials).",
    )
    original_type = models.CharField(max_length=100, blank=True, default="", db_default="")
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    text = models.TextField(blank=True, help_text="What was read in it; of sound, its transcript.")
    pages = models.PositiveIntegerField(null=True)
    seconds = models.PositiveIntegerField(null=True, help_text="How long a recording is, where that is known.")
    transcribed_ms = models.PositiveIntegerField(default=0, db_default=0, help_text="So far its text goes while it is transcribed.")
    tokens = models.PositiveIntegerField(default=0, help_text="What a model will likely count for it.")
    state = models.CharField(max_length=10, choices=FileState, default=FileState.READY)
    problem = models.TextField(blank=True, help_text="Why it was refused, or what is missing of it, for its owner.")
    waiting_since = models.DateTimeField(
        default=timezone.now, null=True, blank=True, help_text="When its owner last uploaded it; empty once a message has held it since."
    )
    created = models.DateTimeField(auto_now_add=True)

    objects = FileQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["owner", "digest"], name="a_file_once_per_owner")]

    def __str__(self) -> str:
        return f"File {self.pk}"

    @property
    def stored(self) -> list[str]:
        """The names of all that is stored of it."""
        return [one.name for one in (self.content, self.thumbnail, self.original) if one.name]


class Attachment(models.Model):
    """That a message holds a file."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(File, on_delete=models.RESTRICT, related_name="attachments")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["message", "position"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["message", "file"], name="a_message_holds_a_file_once")]

    def __str__(self) -> str:
        return f"File {self.file_id} of message {self.message_id}"


def attach(message: Message, files: Iterable[File]) -> None:
    """Have the message hold these files of its owner, each once, in this order. In the caller's transaction.

    Raises File.DoesNotExist where one has been deleted meanwhile.
    """
    wanted = list(dict.fromkeys(files))
    # Locked, so that a job that deletes files that no message holds sees that one does, or is seen here.
    held = (
        File.objects.select_for_update(nowait=is_shared())
        .filter(pk__in=[file.pk for file in wanted], owner=message.owner_id)
        .order_by("pk")
    )
    if len(held) < len(wanted):
        raise File.DoesNotExist
    Attachment.objects.bulk_create(Attachment(message=message, file=file, position=number) for number, file in enumerate(wanted))
    held.update(waiting_since=None)
