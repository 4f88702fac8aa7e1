"""What was read in a file, stored and noted: at once, or by a job where that takes longer."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from conversations.jobs.context import TaskContext
from conversations.jobs.tasks import Lane, Task, find, task
from conversations.models import File, FileKind, FileState
from conversations.models.storable import fitting
from conversations.usage.ledger.token_estimate import tokens_read

from . import quota, stored
from .reading import scanned_pages
from .reading.process import TookTooLong, read
from .reading.result import Reading, Unreadable
from .refusal import FileRefused

log = logging.getLogger(__name__)

PATCH_PIXELS, MAX_PATCHES = 32, 1536
"""Of images, as OpenAI's documentation counts them: a token for each patch, up to so many."""
RECOGNISED_LATER = "Its pages are pictures, whose text is recognised later."
UNREADABLE_NOW = "This file could not be read just now. Try again."
NO_TRANSCRIPT = "This recording has no transcript. Try again."


class Contents(NamedTuple):
    """Columns of a File, and what was stored for them."""

    fields: dict[str, Any]
    stored: list[str]


def read_and_store(
    path: Path,
    name: str,
    wall_seconds: float | None = None,
    before_page: Callable[[int, int], None] = lambda done, total: None,
    *,
    reads_images: bool = False,
) -> Contents:
    """Read the file at `path`. Of an image its new encoding is stored; the content of others is left to the caller. Raises Unreadable.

    With `wall_seconds`, a request waits for it: pictures of pages, whose text takes longer to recognise, then raise TookTooLong. The text
    on other images is recognised where the caller `reads_images`.
    """
    reading = read(path, name, wall_seconds)
    is_read = reads_images and reading.image is not None
    if (is_read or scanned_pages.is_of_pictures(reading)) and (languages := _languages()):
        if wall_seconds is not None:
            raise TookTooLong(RECOGNISED_LATER)
        recognise = scanned_pages.recognised_image if is_read else partial(scanned_pages.recognised, before_page=before_page)
        reading = recognise(path, reading, languages)
    fields = _fields(reading)
    if reading.image is not None:
        fields |= {"content": stored.put(reading.image), "size": len(reading.image)}
    if reading.thumbnail is not None:
        fields["thumbnail"] = stored.put(reading.thumbnail)
    return Contents(fields, [fields[column] for column in ("content", "thumbnail") if column in fields])


def _languages() -> str:
    """In which text is recognised; "" where it isn't."""
    if scanned_pages.program() is None or settings.OCR_LANGUAGES == "off":
        return ""
    return settings.OCR_LANGUAGES or scanned_pages.installed_languages()


def _fields(reading: Reading) -> dict[str, Any]:
    kind, text = FileKind(reading.kind), fitting(reading.text)
    size = {"width": reading.width, "height": reading.height, "pages": reading.pages}
    return {
        "kind": kind,
        "content_type": reading.content_type,
        "text": text,
        "tokens": _tokens(reading),
        "state": FileState.READING if kind == FileKind.AUDIO else FileState.READY,
        "problem": reading.note,
        **size,
    }


def _tokens(reading: Reading) -> int:
    if reading.width and reading.height:
        return min(MAX_PATCHES, -(-reading.width // PATCH_PIXELS) * -(-reading.height // PATCH_PIXELS))
    return tokens_read(reading.text)


def have_transcribed(file_id: uuid.UUID, transcribe: str) -> None:
    """Of a recording that is there and has no transcript: have the task of this kind make one. In the transaction that notes it."""
    if transcribe:
        find(transcribe).enqueue(file=str(file_id))
    else:
        File.objects.filter(pk=file_id, state=FileState.READING).update(state=FileState.NO_TEXT, problem=NO_TRANSCRIPT)


def kind_of(transcribe: Task | None) -> str:
    """As a job keeps it: what transcribes stands above this room, and is named by who uploads."""
    return transcribe.kind if transcribe else ""


def leave_unread(*, file: str, **asked: Any) -> None:
    """It is kept as it came, and can be tried again."""
    File.objects.filter(pk=file, state=FileState.READING).exclude(kind=FileKind.AUDIO).update(
        state=FileState.NO_TEXT, problem=UNREADABLE_NOW
    )


def read_again(*, file: str, **asked: Any) -> None:
    """What was left unread."""
    File.objects.filter(pk=file, state=FileState.NO_TEXT).exclude(kind=FileKind.AUDIO).update(state=FileState.READING, problem="")


@task(title="Read an uploaded file", takes_context=True, lane=Lane.READING, given_up=leave_unread, run_again=read_again)
def read_file(context: TaskContext, *, file: str, transcribe: str = "", reads_images: bool = False) -> str:
    """Of a file whose state is “being read”. It may begin again after it broke off anywhere. `transcribe` follows for sound."""
    found = File.objects.filter(pk=file, state=FileState.READING).exclude(kind=FileKind.AUDIO).first()
    if found is None:
        return "It was read already, or deleted."
    try:
        with stored.local_path(found.stored[0]) as path:
            contents = read_and_store(path, found.name, before_page=context.progress, reads_images=reads_images)
    except Unreadable as error:
        refuse(found, str(error))
        return "It can’t be read."
    replaced = found.stored if "content" in contents.fields else []
    try:
        with transaction.atomic():
            grown = contents.fields.get("size", found.size) - found.size
            if grown > 0:  # its new encoding may take many times what came
                quota.require(found.owner_id, grown)
            is_noted = File.objects.filter(pk=found.pk, state=FileState.READING).update(**contents.fields)
            stored.delete_on_commit(replaced if is_noted else contents.stored)
            if is_noted and contents.fields["state"] == FileState.READING:
                have_transcribed(found.pk, transcribe)
    except FileRefused as refused:
        stored.delete(contents.stored)
        refuse(found, refused.detail)
        return "There is no room for it."
    return "It was read." if is_noted else "It was deleted meanwhile."


def refuse(file: File, problem: str) -> None:
    """What can't be read is not kept; that it was there is, for its owner to see why."""
    refused = {"state": FileState.REFUSED, "problem": problem, "content": "", "size": 0}
    with transaction.atomic():
        if File.objects.filter(pk=file.pk, state=FileState.READING).update(**refused):
            stored.delete_on_commit(file.stored)
