"""Text of Word, Excel and PowerPoint files, of the present formats and those before 2007."""

from __future__ import annotations

import codecs
import re
from typing import IO

from . import zips
from .collected import CollectedText, Full, cut
from .result import Reading, Unreadable

_FORMATS = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
}
_STREAMS = {
    "EncryptedPackage": "encrypted",
    "WordDocument": "application/msword",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
    "Workbook": "application/vnd.ms-excel",
    "Book": "application/vnd.ms-excel",
}
_SHEET = re.compile(r"^## (.+)$", re.MULTILINE)  # a row of a table begins with a bar
_BETWEEN_SLIDES = "\n\n---\n\n"
ENCRYPTED = "This document is encrypted. Save it without a password, and attach that."
EMPTY = "This document holds no text."
NO_READER = "Word, Excel and PowerPoint files can’t be read on this server, for its system has no package of what reads them."
OLD_OTHER = "This kind of file can’t be read here. Mails from Outlook can, once they are saved as .eml."


def prepare(file: IO[bytes]) -> None:
    """Raises Unreadable where there is no package for this system."""
    try:
        import office_oxide
    except ImportError as error:
        raise Unreadable(NO_READER) from error
    del office_oxide
    codecs.lookup("utf-16-le")


def read(file: IO[bytes], media_type: str, extension: str) -> Reading:
    """Raises Unreadable."""
    from office_oxide import Document, OfficeOxideError

    content = file.read()
    if media_type == "application/x-ole-storage":
        media_type = _in_ole_storage(content)
    kind = _FORMATS[media_type]
    try:
        with Document.from_bytes(content, kind) as document:  # type: ignore[arg-type]
            found = document.plain_text() if kind in ("pptx", "ppt") else document.to_markdown()
    except (OfficeOxideError, ValueError) as error:
        is_encrypted = re.search("encrypted|password", str(error))
        raise Unreadable(ENCRYPTED if is_encrypted else zips.DAMAGED) from error
    return _reading(media_type, kind, found)


def _reading(media_type: str, kind: str, found: str) -> Reading:
    text, places = CollectedText(), 0
    try:
        for place, words in _places(kind, found):
            places += bool(place)
            if place:
                text.mark(place)
            text.add(words)
    except Full:
        pass
    if not text.has_words:
        raise Unreadable(EMPTY)
    return Reading("document", media_type, str(text), places or None, note=cut(text))


def _places(kind: str, found: str) -> list[tuple[str, str]]:
    """Where its parts begin, with their words: slides by number, sheets by name."""
    if kind in ("pptx", "ppt"):
        return [(f"Slide {number}", words) for number, words in enumerate(found.split(_BETWEEN_SLIDES), 1)]
    if kind in ("xlsx", "xls"):
        before, *rest = _SHEET.split(found)
        sheets = [(f"Sheet {name}", words) for name, words in zip(rest[::2], rest[1::2], strict=True) if words.strip()]
        return [("", before), *sheets] if before.strip() else sheets
    return [("", found)]


def _in_ole_storage(content: bytes) -> str:
    """By the names of its streams, which are in UTF-16. Raises Unreadable."""
    found = next((kind for name, kind in _STREAMS.items() if (name + "\0").encode("utf-16-le") in content), None)
    if found == "encrypted":
        raise Unreadable(ENCRYPTED)
    if found is None:
        raise Unreadable(OLD_OTHER)
    return found
