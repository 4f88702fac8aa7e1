"""Several conversations in one zip file, a document each. It is written as it is read: no document is ever whole in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils import timezone

from conversations.models import Conversation

from .file_names import file_name


def zip_file(conversations: Iterable[Conversation], extension: str, document: Callable[[Conversation], Iterator[bytes]]) -> Iterator[bytes]:
    """The zip file's bytes, some at a time. Documents are named as they are by themselves; a name that was given already gets a number."""
    written = _Written()
    names: dict[str, int] = {}
    with ZipFile(cast("str", written), "w") as zipped:
        for conversation in conversations:
            entry = ZipInfo(_unique(file_name(conversation, extension), names), timezone.localtime(conversation.updated).timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            with zipped.open(entry, "w") as file:
                for piece in document(conversation):
                    file.write(piece)
                    yield from written.take()
    yield from written.take()


def _unique(name: str, names: dict[str, int]) -> str:
    key = name.casefold()  # some file systems know no difference
    number = names[key] = names.get(key, 0) + 1
    if number == 1:
        return name
    stem, _, extension = name.rpartition(".")
    return _unique(f"{stem} ({number}).{extension}", names)


class _Written:
    """A file that can't be read or sought in: what is written to it waits to be taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Called by ZipFile."""

    def take(self) -> Iterator[bytes]:
        if self._pieces:
            yield b"".join(self._pieces)
            self._pieces.clear()
