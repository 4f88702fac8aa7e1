"""Takes a file that has arrived whole: found again, or read and stored."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from conversations.jobs.tasks import Task
from conversations.models import File, FileKind, FileState, Upload, User, switches

from . import quota, scanner, stored
from .contents import Contents, have_transcribed, kind_of, read_and_store, read_file
from .names import clean_name
from .reading.process import TookTooLong
from .reading.result import Unreadable
from .refusal import FileRefused

READ_AT_ONCE_BYTES = 1024 * 1024
"""What is larger is read by a job, and so is what comes while requests of this process read as much as they may."""
READ_AT_ONCE_SECONDS = 5
"""A request waits so long; what takes longer is begun again by a job. A small file can take a minute."""
_readers = threading.BoundedSemaphore(2)


def require_size(size: int) -> None:
    """Raises FileRefused for what is too large, for what is empty, and for all where none are taken."""
    if refusal := switches.refusal("files"):
        raise FileRefused("switched_off", refusal, 403)
    if size > settings.FILE_MAX_MB * quota.MIB:
        raise FileRefused("too_large", f"This file has {quota.in_words(size)}, and at most {settings.FILE_MAX_MB:,} MB are taken.", 413)
    if size <= 0:
        raise FileRefused("empty", "This file is empty.")


def store(
    owner: User, path: Path, name: str, upload: Upload | None = None, transcribe: Task | None = None, *, reads_images: bool = False
) -> File:
    """The owner's file with what is at `path`. What they have already is found again, whatever its name. Raises FileRefused.

    `upload` is by what it came, for which there is room already; `transcribe` makes text of sound, in its own time; the text on
    images is recognised where the caller `reads_images`.
    """
    require_size(size := path.stat().st_size)
    digest, name = stored.digest_of(path), clean_name(name)
    if known := _known(owner, digest):
        return again(known, transcribe, reads_images=reads_images)
    with transaction.atomic():
        quota.require(owner.pk, size, upload)  # before anything is read for nothing
    scanner.require_clean(path)
    contents = _read_at_once(path, name, reads_images) if size <= READ_AT_ONCE_BYTES else None
    put = list(contents.stored) if contents else []
    fields: dict[str, Any] = {"size": size, **(contents.fields if contents else {"state": FileState.READING})}
    try:
        if "content" not in fields:
            with path.open("rb") as content:
                put.append(stored.put(content))
            fields["content"] = put[-1]
        with transaction.atomic():
            quota.require(owner.pk, fields["size"], upload)
            file = File.objects.create(owner=owner, digest=digest, name=name, **fields)
            if contents is None:
                _have_read(file, transcribe, reads_images)
            elif file.state == FileState.READING:
                have_transcribed(file.pk, kind_of(transcribe))
    except BaseException as error:
        stored.delete(put)
        if isinstance(error, IntegrityError) and (known := _known(owner, digest)):  # it came twice at once
            return known
        raise
    return file


def again(file: File, transcribe: Task | None, *, reads_images: bool = False) -> File:
    """A file that was uploaded once more: one that could not be read or transcribed just then is tried again."""
    with transaction.atomic():
        if File.objects.filter(pk=file.pk, state=FileState.NO_TEXT).update(state=FileState.READING, problem=""):
            if file.kind == FileKind.AUDIO:
                have_transcribed(file.pk, kind_of(transcribe))
            else:
                _have_read(file, transcribe, reads_images)
            file.refresh_from_db(fields=["state", "problem"])
    return file


def _have_read(file: File, transcribe: Task | None, reads_images: bool) -> None:
    read_file.enqueue(file=str(file.pk), transcribe=kind_of(transcribe), reads_images=reads_images)


def _known(owner: User, digest: str) -> File | None:
    """The one that the owner has. It waits for a message again. One that could not be read is tried again."""
    mine = File.objects.of(owner).filter(digest=digest)
    mine.unattached().filter(state=FileState.REFUSED).delete()
    if not mine.update(waiting_since=timezone.now()):
        return None
    return mine.first()


def _read_at_once(path: Path, name: str, reads_images: bool) -> Contents | None:
    """None where it has to wait."""
    if not _readers.acquire(blocking=False):
        return None
    try:
        return read_and_store(path, name, READ_AT_ONCE_SECONDS, reads_images=reads_images)
    except TookTooLong:
        return None
    except Unreadable as error:
        raise FileRefused("unreadable", str(error)) from error
    finally:
        _readers.release()
