"""Files go with the last message that held them, and what is stored of them goes, too: by jobs, which outlive this process."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from conversations.jobs.tasks import task
from conversations.models import Attachment, File, FileState, Sound, SoundUse, Upload, UploadPiece, User

from . import stored

AT_ONCE = 200
"""Files in one job, and in one transaction."""


def release(attachments: Iterable[uuid.UUID]) -> None:
    """Have those of these files deleted that no message holds any more. Call it in the transaction in which messages are deleted."""
    files = sorted({str(file) for file in attachments})
    for start in range(0, len(files), AT_ONCE):
        delete_unheld.enqueue(files=files[start : start + AT_ONCE])


def release_sounds(sounds: Iterable[str]) -> None:
    """Have those of these sounds deleted that no message is read aloud with any more. Likewise in that transaction."""
    keys = sorted(set(sounds))
    for start in range(0, len(keys), AT_ONCE):
        delete_unused_sounds.enqueue(sounds=keys[start : start + AT_ONCE])


def heard_in(**whose: object) -> list[str]:
    """The sounds that messages are read aloud with: such as of `message__conversation__in=…`."""
    return list(SoundUse.objects.filter(**whose).values_list("sound", flat=True).distinct())


def held_in(conversations: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """The files that messages of these conversations hold."""
    return list(Attachment.objects.filter(message__conversation__in=conversations).values_list("file", flat=True).distinct())


def held_by(messages: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """The files that these messages hold."""
    return list(Attachment.objects.filter(message__in=messages).values_list("file", flat=True).distinct())


def take_back(owner: User, file_id: uuid.UUID) -> None:
    """Delete the owner's file that isn't ready and that no message holds: what is still asked for it is broken off."""
    delete_where(Q(owner=owner) & ~Q(state=FileState.READY), [file_id])


def forget(owners: Sequence[User]) -> None:
    """Have all deleted that is stored for these users. Call it in the transaction in which they are deleted."""
    names = [name for file in File.objects.filter(owner__in=owners).only("content", "thumbnail", "original") for name in file.stored]
    release_sounds(heard_in(message__owner__in=owners))
    names += UploadPiece.objects.filter(upload__owner__in=owners).values_list("content", flat=True)
    for start in range(0, len(names), AT_ONCE):
        delete_stored.enqueue(names=names[start : start + AT_ONCE])


@task(title="Delete files whose messages were deleted")
def delete_unheld(*, files: list[str]) -> str:
    deleted = delete_where(Q(waiting_since=None), files)
    return f"{deleted:,} of {len(files):,} {'file' if len(files) == 1 else 'files'} deleted; other messages hold the rest."


@task(title="Delete stored files of deleted users")
def delete_stored(*, names: list[str]) -> str:
    unused = unheld_names(names)
    stored.delete(unused)
    return f"{len(unused):,} deleted."


@task(title="Delete sounds of messages that were deleted")
def delete_unused_sounds(*, sounds: list[str]) -> str:
    used = set(SoundUse.objects.filter(sound__in=sounds).values_list("sound", flat=True))
    rows = Sound.objects.filter(pk__in=set(sounds) - used)
    names = list(rows.values_list("content", flat=True))
    rows.delete()
    stored.delete(names)
    return f"{len(names):,} deleted."


def delete_where(condition: Q, files: Collection[str | uuid.UUID]) -> int:
    """Delete those of these files that no message holds and that meet the condition. Returns how many."""
    with transaction.atomic():
        # First locked, then looked at: a message that takes one meanwhile is waited for, and seen.
        locked = list(File.objects.select_for_update().filter(pk__in=files).order_by("pk").values_list("pk", flat=True))
        gone = list(File.objects.unattached().filter(condition, pk__in=locked).only("content", "thumbnail", "original"))
        names = [name for file in gone for name in file.stored]
        File.objects.filter(pk__in=[file.pk for file in gone]).delete()
        stored.delete_on_commit(names)
    return len(gone)


def unheld_names(names: Collection[str]) -> list[str]:
    """Those under which nothing is stored that a row knows of."""
    held: set[str] = set()
    pictures = ((File.objects, "thumbnail"), (File.objects, "original"))
    columns = ((File.objects, "content"), *pictures, (UploadPiece.objects, "content"), (Sound.objects, "content"))
    for rows, column in columns:
        held.update(rows.filter(**{f"{column}__in": names}).values_list(column, flat=True))
    return [name for name in names if name not in held]


def delete_uploads(before: datetime) -> int:
    """Delete uploads on which nothing has come since then, with what has come of them. Returns how many."""
    old, deleted = list(Upload.objects.filter(updated__lt=before).values_list("pk", flat=True)), 0
    for upload_id in old:
        with transaction.atomic():
            # Looked at again: it may have gone on meanwhile, and what was acknowledged is kept.
            upload = Upload.objects.select_for_update().filter(pk=upload_id, updated__lt=before).first()
            if upload is not None:
                stored.delete_on_commit(upload.stored)
                upload.delete()
                deleted += 1
    return deleted
