"""Pictures that models make, stored as files of the user they were made for: as they came, with what they say of their origin, and in our
own encoding, which is what is shown.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from conversations.models import Attachment, File, FileState, Message, Status, picture_part

from . import stored
from .contents import Contents, read_and_store
from .reading.process import read as read_file
from .reading.result import Unreadable

NO_PICTURE = "It is another kind of file."
MAX_NAME_CHARACTERS = 60
_BEGINNINGS = {b"\x89PNG": ("image/png", "png"), b"\xff\xd8\xff": ("image/jpeg", "jpg"), b"RIFF": ("image/webp", "webp")}


class Read(NamedTuple):
    """What is stored already, and not noted in a row yet."""

    contents: Contents
    original: str
    original_type: str
    digest: str
    name: str


def thumbnail(data: bytes) -> bytes:
    """The picture in small, as WebP. Raises Unreadable."""
    with stored.temporary_file() as file:
        file.write(data)
        file.flush()
        small = read_file(Path(file.name), "").thumbnail
    if small is None:
        raise Unreadable(NO_PICTURE)
    return small


def read(data: bytes, title: str) -> Read:
    """Store it, under a name of these words. Asks no database. Raises Unreadable where it is no picture."""
    beginning = next((known for start, known in _BEGINNINGS.items() if data.startswith(start)), None)
    if beginning is None:
        raise Unreadable(NO_PICTURE)
    original_type, extension = beginning
    name = f"{slugify(title, allow_unicode=True)[:MAX_NAME_CHARACTERS].strip('-') or 'picture'}.{extension}"
    with stored.temporary_file() as file:
        file.write(data)
        file.flush()
        path = Path(file.name)
        contents, digest = read_and_store(path, name), stored.digest_of(path)
    try:
        if "width" not in contents.fields or contents.fields["kind"] != "image":
            raise Unreadable(NO_PICTURE)
        return Read(contents, stored.put(data), original_type, digest, name)
    except BaseException:
        stored.delete(contents.stored)
        raise


def store(message: Message, run: int, read: Read, parts: list[dict[str, Any]], alt: str) -> dict[str, Any] | None:
    """Note it in a row, have the message hold it behind `parts`, and return its part; None where they have it already.

    The user's quota was asked before it was made.

    Where another process has taken over the message since `run`, the picture is attached, and that process says what is said.
    Raises Message.DoesNotExist where the message was deleted meanwhile: then nothing is kept.
    """
    put = [*read.contents.stored, read.original]
    try:
        try:
            return _note(message, run, read, parts, alt, put)
        except IntegrityError:  # another reply of the user's has just stored the same bytes: now they are found
            return _note(message, run, read, parts, alt, put)
    except BaseException:
        stored.delete(put)
        raise


@transaction.atomic
def _note(message: Message, run: int, read: Read, parts: list[dict[str, Any]], alt: str, put: list[str]) -> dict[str, Any] | None:
    Message.objects.select_for_update().only("pk").get(pk=message.pk)  # it is not deleted before the picture is attached
    file = File.objects.select_for_update().filter(owner=message.owner_id, digest=read.digest).first()
    if file is None:
        file = _new(message, read)
    elif file.state == FileState.READY:
        stored.delete_on_commit(put)
    else:  # uploaded, and not read yet, or refused
        stored.delete_on_commit(file.stored)
        _fill(file, read).save()
    File.objects.filter(pk=file.pk).update(waiting_since=None)
    held = Attachment.objects.filter(message=message.pk)
    if not held.filter(file=file).exists():
        Attachment.objects.create(message_id=message.pk, file=file, position=held.count())
    if any(part.get("file") == str(file.pk) for part in parts):
        return None
    part = picture_part(file, alt)
    # With it, so that a process that dies now leaves no picture that isn't seen.
    # The position upstream that is stored belongs to what was said before, and comes with the next checkpoint.
    Message.objects.filter(pk=message.pk, run=run).update(parts=[*parts, part], status=Status.STREAMING, upstream=None)
    return part


def _new(message: Message, read: Read) -> File:
    file = _fill(File(owner_id=message.owner_id, digest=read.digest, name=read.name), read)
    file.save(force_insert=True)
    return file


def _fill(file: File, read: Read) -> File:
    for name, value in read.contents.fields.items():
        setattr(file, name, value)
    file.original.name, file.original_type = read.original, read.original_type
    file.size += file.original.size
    return file
