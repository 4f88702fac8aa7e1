"""Files that arrive in pieces. What was acknowledged is stored, whatever becomes of the process."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from conversations.jobs.tasks import Task
from conversations.models import File, Upload, UploadPiece, User

from . import quota, stored
from .names import clean_name
from .refusal import FileRefused, gone
from .storing import again, require_size, store

MAX_UNFINISHED = 100
"""Uploads of a user that aren't done. The page has some at a time."""
MAX_PIECES = 1000
"""Of one upload: each is a row and a stored file."""


def begin(owner: User, size: int, name: str) -> Upload:
    """Note that a file of `size` bytes is to come, for which there is room. Raises FileRefused."""
    require_size(size)
    with transaction.atomic():
        quota.require(owner.pk, size)
        if Upload.objects.filter(owner=owner, file=None).count() >= MAX_UNFINISHED:
            raise FileRefused("limit", f"{MAX_UNFINISHED} of your uploads are not done. Take some back, or try again tomorrow.", 429)
        return Upload.objects.create(owner=owner, size=size, name=clean_name(name), updated=timezone.now())


def of(owner: User, upload_id: uuid.UUID) -> Upload:
    """Raises FileRefused where the owner has no such upload."""
    found = Upload.objects.select_related("owner", "file").filter(owner=owner, pk=upload_id).first()
    if found is None:
        raise gone()
    return found


def append(upload: Upload, offset: int, content: bytes) -> None:
    """Store the next piece. Raises FileRefused where it begins elsewhere than what has come ends, and where it is too long."""
    if offset != upload.offset:
        raise FileRefused("offset", f"The upload goes on at {upload.offset}, not at {offset}.", 409)
    if offset + len(content) > upload.size:
        raise FileRefused("too_large", f"The upload was to have {upload.size:,} bytes.", 413)
    if not content:
        return
    if upload.pieces.count() >= MAX_PIECES:
        raise FileRefused("invalid", f"An upload has at most {MAX_PIECES:,} pieces. Send larger ones.", 400)
    name = stored.put(content)
    try:
        with transaction.atomic():
            end = offset + len(content)
            if not Upload.objects.filter(pk=upload.pk, offset=offset).update(offset=end, updated=timezone.now()):
                raise FileRefused("offset", "Another request sent this piece.", 409)
            UploadPiece.objects.create(upload=upload, offset=offset, content=name)
    except BaseException:
        stored.delete([name])
        raise
    upload.offset = end


def complete(upload: Upload, transcribe: Task | None = None, *, reads_images: bool = False) -> File:
    """The file, once all of it has come. It may be asked for again. Raises FileRefused; what will be refused again is taken back."""
    if upload.file is not None:
        return again(upload.file, transcribe, reads_images=reads_images)
    pieces = upload.stored
    try:
        with stored.temporary_file() as whole:
            stored.join(pieces, whole)
            file = store(upload.owner, Path(whole.name), upload.name, upload, transcribe, reads_images=reads_images)
    except FileNotFoundError:  # another request completed it meanwhile
        if (file_id := of(upload.owner, upload.pk).file_id) is None:
            raise
        return File.objects.get(pk=file_id)
    except FileRefused as refused:
        if refused.status < 500:
            take_back(upload)
        raise
    with transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(file=file)
        UploadPiece.objects.filter(upload=upload).delete()
        stored.delete_on_commit(pieces)
    return file


def take_back(upload: Upload) -> None:
    """Delete what has come of it. A file that it became stays."""
    with transaction.atomic():
        pieces = upload.stored
        upload.delete()
        stored.delete_on_commit(pieces)
