"""What nothing refers to any more, deleted every night."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from conversations.jobs.context import TaskContext
from conversations.jobs.tasks import task
from conversations.models import File, files_storage

from . import deletion, stored

FOLDER, NAME = re.compile(r"[0-9a-f]{2}"), re.compile(r"[0-9a-f]{32}")


@task(title="Delete files that no message holds", takes_context=True)
def sweep_files(context: TaskContext) -> str:
    """Files that wait for a message for longer than ORPHAN_FILE_HOURS, uploads that rest so long, and what is stored without a row."""
    before = timezone.now() - timedelta(hours=settings.ORPHAN_FILE_HOURS)
    waiting = Q(waiting_since=None) | Q(waiting_since__lt=before)
    files, deleted = list(File.objects.unattached().filter(waiting).values_list("pk", flat=True)), 0
    for start in range(0, len(files), deletion.AT_ONCE):
        context.check()
        deleted += deletion.delete_where(waiting, files[start : start + deletion.AT_ONCE])
    uploads, swept = deletion.delete_uploads(before), 0
    for names in _stored_names():
        context.check()
        old = [name for name in deletion.unheld_names(names) if _is_older(name, before)]
        stored.delete(old)
        swept += len(old)
    return f"{deleted:,} files, {uploads:,} uploads and {swept:,} stored files without a row deleted."


def _stored_names() -> Iterator[list[str]]:
    """What we have stored, by folder. Others' files in the same place are left alone."""
    storage = files_storage()
    try:
        folders, files = storage.listdir("")
    except FileNotFoundError:  # nothing was ever stored
        return
    yield [name for name in files if name.startswith(stored.TEMPORARY)]
    for folder in filter(FOLDER.fullmatch, folders):
        yield [f"{folder}/{name}" for name in storage.listdir(folder)[1] if NAME.fullmatch(name)]


def _is_older(name: str, before: datetime) -> bool:
    """Not one that is just arriving, whose row comes with its end."""
    try:
        return files_storage().get_modified_time(name) < before
    except Exception:  # noqa: BLE001  (gone meanwhile: each storage has errors of its own)
        return False
