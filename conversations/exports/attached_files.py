"""The files of conversations in a zip file: each once, however many messages and conversations hold it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Iterator

from conversations.models import Conversation, File, FileState, User, files_storage

from .file_names import safe
from .reading import in_order
from .zip_file import WrittenZip

log = logging.getLogger(__name__)

FOLDER = "files"
FILES_AT_ONCE = 100
PIECE_BYTES = 128 * 1024
PACKED = ("image/", "audio/", "application/")
"""Types of files that are compressed in themselves, or nearly all of them."""


def held_by(conversation: Conversation) -> list[File]:
    """Those that its messages hold, in the order in which they came."""
    files = File.objects.filter(owner=conversation.owner_id, attachments__message__conversation=conversation, state=FileState.READY)
    return list(files.defer("text").distinct().order_by("pk"))


def all_of(owner: User) -> Iterator[File]:
    return in_order(File.objects.of(owner).filter(state=FileState.READY).defer("text"), FILES_AT_ONCE)


class AttachedFiles:
    """Where the files are in a zip file, and which are there already."""

    def __init__(self, zipped: WrittenZip) -> None:
        self._zipped = zipped
        self._paths: dict[uuid.UUID, str] = {}
        self._written: set[uuid.UUID] = set()

    def paths(self, files: Iterable[File]) -> dict[str, str]:
        """By its id, where each is, or will be."""
        for file in files:
            if file.pk not in self._paths:
                self._paths[file.pk] = self._zipped.unique(f"{FOLDER}/{safe(file.name) or 'file'}")
        return {str(file.pk): self._paths[file.pk] for file in files}

    def entry(self, file: File) -> Iterator[bytes]:
        """The file as it is downloaded; nothing where it is there already. Asks the storage, and no database."""
        if file.pk in self._written:
            return
        self._written.add(file.pk)
        stored, content_type = (file.original, file.original_type) if file.original else (file.content, file.content_type)
        try:
            opened = files_storage().open(stored.name or "")
        except Exception as error:  # noqa: BLE001  (each storage has errors of its own)
            log.warning("A file is left out of an export, for it can't be read from the storage: %s", error)
            return
        with opened:
            pieces = iter(lambda: opened.read(PIECE_BYTES), b"")
            yield from self._zipped.entry(self._paths[file.pk], file.created, pieces, is_compressed=not content_type.startswith(PACKED))
