"""What is in the storage `files`: put there, brought to a path that programs can open, and deleted."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from django.core.files import File as Opened
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import transaction

from conversations.models import files_storage, random_name

log = logging.getLogger(__name__)

CHUNK_BYTES = 64 * 1024
TEMPORARY = "arriving-"
"""How the names of temporary files begin: a process that was killed leaves them."""


def put(content: IO[bytes] | bytes) -> str:
    """Store it under a new name, which it returns. Nothing else is to be lost when this has returned."""
    opened: Opened = ContentFile(content) if isinstance(content, bytes) else Opened(content)
    return files_storage().save(random_name(None, ""), opened)


def delete(names: Iterable[str]) -> None:
    """What can't be deleted now is swept later, for no row holds it."""
    for name in names:
        try:
            files_storage().delete(name)
        except Exception as error:  # noqa: BLE001  (each storage has errors of its own)
            log.warning("A stored file could not be deleted, which is tried again: %s", error)


def delete_on_commit(names: Iterable[str]) -> None:
    those = list(names)
    transaction.on_commit(lambda: delete(those))


@contextmanager
def temporary_file() -> Iterator[IO[bytes]]:
    """A file with a path, beside the stored ones where these are in a folder: /tmp may be memory."""
    folder = _folder()
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, prefix=TEMPORARY) as file:
        yield file


@contextmanager
def local_path(name: str) -> Iterator[Path]:
    """Where a stored file can be opened: itself, or a copy for the time being. Raises OSError where it is gone."""
    if (folder := _folder()) is not None:
        yield folder / name
        return
    with temporary_file() as copy:
        join([name], copy)
        yield Path(copy.name)


def join(names: Iterable[str], whole: IO[bytes]) -> None:
    """Write what is stored under these names to a file, one after the other. Raises OSError where one is gone."""
    for name in names:
        with files_storage().open(name) as piece:
            for chunk in piece.chunks(CHUNK_BYTES):
                whole.write(chunk)
    whole.flush()


def digest_of(path: Path) -> str:
    """SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder() -> Path | None:
    storage = files_storage()
    return Path(storage.location) if isinstance(storage, FileSystemStorage) else None
