"""Zip files, in which many kinds of documents come. Nothing is unpacked before it is known how much that would be."""

from __future__ import annotations

from typing import IO
from zipfile import BadZipFile, ZipFile

from .result import Unreadable

MAX_ENTRIES = 10_000
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
_MIB = 1024 * 1024
DAMAGED = "This document can’t be read: it is damaged or cut off."
TOO_MUCH = "This document has {unpacked:,} MB once unpacked, in {entries:,} parts. At most {most:,} MB in {most_entries:,} parts are read."


def opened(file: IO[bytes]) -> ZipFile:
    """Raises Unreadable for what is damaged, and for what would be too large."""
    try:
        archive = ZipFile(file)
    except (BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise Unreadable(DAMAGED) from error
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED_BYTES or len(entries) > MAX_ENTRIES:
        counted = {"unpacked": unpacked // _MIB, "entries": len(entries), "most": MAX_UNPACKED_BYTES // _MIB, "most_entries": MAX_ENTRIES}
        raise Unreadable(TOO_MUCH.format(**counted))
    return archive


def part(archive: ZipFile, name: str) -> bytes:
    """Empty where there is none. Raises Unreadable for one that is damaged or encrypted."""
    try:
        with archive.open(name) as entry:
            return entry.read(MAX_UNPACKED_BYTES)
    except KeyError:
        return b""
    except Exception as error:
        raise Unreadable(DAMAGED) from error


def media_type(file: IO[bytes]) -> str:
    """Of the document that it holds, or application/zip. Leaves the file at its beginning. Raises Unreadable."""
    with opened(file) as archive:
        named = part(archive, "mimetype")[:100].decode("ascii", "replace").strip()
        folders = {name.split("/")[0] for name in archive.namelist()}
        is_office = "[Content_Types].xml" in folders
    file.seek(0)
    if named == "application/epub+zip" or named.startswith("application/vnd.oasis.opendocument."):
        return named
    kinds = {"word": "wordprocessingml.document", "xl": "spreadsheetml.sheet", "ppt": "presentationml.presentation"}
    found = next((kind for folder, kind in kinds.items() if folder in folders), None)
    return f"application/vnd.openxmlformats-officedocument.{found}" if is_office and found else "application/zip"
