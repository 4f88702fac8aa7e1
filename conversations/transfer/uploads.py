"""Files that were uploaded, and zip files of them, as texts by their paths: bounded, and kept in the page between a look and the import."""

from __future__ import annotations

import base64
import binascii
import io
import json
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import NamedTuple, NoReturn

from conversations.studio.files.folder import READ_ME
from conversations.studio.files.problems import FilesRefused, Problem

MAX_BYTES = 1 << 20
"""Of all files together, unpacked. The command for folders takes more."""
MAX_FILES = 200
ZIP = b"PK\x03\x04"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The others are unpacked in pieces without a bound: of 500 bytes come 400 MB at once."""
SUFFIXES = (".md", ".yaml", ".yml", ".json")


class Uploaded(NamedTuple):
    texts: dict[str, str]
    """By path."""
    left_out: list[str]
    """Sentences without a full stop."""


def unpacked(files: Iterable[tuple[str, bytes]]) -> Uploaded:
    """FilesRefused where they are too many or too large, or a zip file can't be read."""
    contents: dict[str, bytes] = {}
    left_out: list[str] = []
    for name, content in files:
        found = _of_zip(name, content) if content.startswith(ZIP) or name.lower().endswith(".zip") else {PurePosixPath(name).name: content}
        for path, inner in found.items():
            if not path.endswith(SUFFIXES):
                left_out.append(f"{path}: it ends in none of {', '.join(SUFFIXES)}")
            elif path in contents:
                raise FilesRefused([Problem(path, 0, "There are two files of this name: import them one after the other.")])
            else:
                contents[path] = inner
        if len(contents) > MAX_FILES or sum(map(len, contents.values())) > MAX_BYTES:
            refuse_size(name)
    texts: dict[str, str] = {}
    for path, content in contents.items():
        try:
            texts[path] = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise FilesRefused([Problem(path, content[: error.start].count(b"\n") + 1, "The file isn’t UTF-8.")]) from error
    return Uploaded(texts, left_out)


def refuse_size(name: str) -> NoReturn:
    raise FilesRefused([Problem(name, 0, f"All files together may be {MAX_FILES}, with 1 MB: import fewer at once.")])


def pack(texts: dict[str, str]) -> str:
    """For a hidden field."""
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(texts).encode(), 6)).decode()


def unpack(packed: str) -> dict[str, str]:
    """What `pack` made, or another who posts it: bounded like an upload. FilesRefused."""
    try:
        decompressor = zlib.decompressobj()
        content = decompressor.decompress(base64.urlsafe_b64decode(packed), 8 * MAX_BYTES)  # JSON escapes, six characters for one
        texts = json.loads(content)
    except (ValueError, binascii.Error, zlib.error, RecursionError) as error:
        raise FilesRefused([Problem("upload", 0, "What was uploaded got lost: choose the files again.")]) from error
    sound = isinstance(texts, dict) and len(texts) <= MAX_FILES and all(isinstance(text, str) for text in texts.values())
    if not sound or sum(len(text.encode("utf-8", "replace")) for text in texts.values()) > MAX_BYTES:
        raise FilesRefused([Problem("upload", 0, "What was uploaded got lost: choose the files again.")])
    return {str(path): text for path, text in texts.items()}


def _of_zip(name: str, content: bytes) -> dict[str, bytes]:
    """Without folders, README.md and what systems hide in zip files."""
    found: dict[str, bytes] = {}
    left = MAX_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                path = PurePosixPath(entry.filename.replace("\\", "/"))
                if entry.is_dir() or path.name == READ_ME or any(part.startswith((".", "__MACOSX")) for part in path.parts):
                    continue
                if entry.compress_type not in METHODS:
                    raise zipfile.BadZipFile(f"Packed by method {entry.compress_type}.")
                with archive.open(entry) as file:
                    inner = file.read(left + 1)
                left -= len(inner)
                if left < 0 or len(found) >= MAX_FILES:
                    refuse_size(name)
                found[str(path)] = inner
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, LookupError, ValueError, OSError) as error:
        raise FilesRefused([Problem(name, 0, "This zip file can’t be read: it is damaged, encrypted or packed in a rare way.")]) from error
    return found
