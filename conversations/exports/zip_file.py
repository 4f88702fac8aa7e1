"""A zip file that is written as it is read: nothing in it is ever whole in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.utils import timezone

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""That a zip file can tell."""


class WrittenZip:
    """Its entries' bytes, one entry after the other, each to be taken to its end before the next is begun."""

    def __init__(self) -> None:
        self._written = _Written()
        self._zipped = ZipFile(cast("str", self._written), "w")
        self._names: dict[str, int] = {}

    def unique(self, name: str) -> str:
        """This name, or where it was given already one with a number."""
        key = name.casefold()  # some file systems know no difference
        number = self._names[key] = self._names.get(key, 0) + 1
        if number == 1:
            return name
        stem, dot, extension = name.rpartition(".")
        return self.unique(f"{stem} ({number}).{extension}" if dot else f"{name} ({number})")

    def entry(self, name: str, time: datetime, pieces: Iterable[bytes], *, is_compressed: bool = True) -> Iterator[bytes]:
        """`is_compressed`: not, where the pieces are already."""
        entry = ZipInfo(name, max(EARLIEST, timezone.localtime(time).timetuple()[:6]))
        entry.compress_type = ZIP_DEFLATED if is_compressed else ZIP_STORED
        with self._zipped.open(entry, "w") as file:
            for piece in pieces:
                file.write(piece)
                yield from self._written.take()

    def end(self) -> Iterator[bytes]:
        """What stands behind the last entry."""
        self._zipped.close()
        yield from self._written.take()


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
