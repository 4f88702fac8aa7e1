"""Text of books in EPUB, chapter by chapter in their order."""

from __future__ import annotations

import posixpath
from typing import IO
from urllib.parse import unquote
from xml.etree import ElementTree
from zipfile import ZipFile

from . import html, zips
from .collected import CollectedText, Full, cut
from .office import EMPTY
from .result import Reading, Unreadable

_CONTAINER = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_PACKAGE = "{http://www.idpf.org/2007/opf}"
ENCRYPTED = "This book is protected against copying, so it can’t be read here."


def prepare(file: IO[bytes]) -> None:
    """Nothing is imported later."""


def read(file: IO[bytes], media_type: str, extension: str) -> Reading:
    """See EPUB 3.3, chapters 4 and 5. Raises Unreadable."""
    text, chapters = CollectedText(), 0
    with zips.opened(file) as archive:
        if b"xmlenc#aes" in zips.part(archive, "META-INF/encryption.xml"):  # fonts alone are hidden in another way
            raise Unreadable(ENCRYPTED)
        try:
            for name in _chapters(archive):
                chapters += 1
                text.mark(f"Chapter {chapters}")
                text.add(html.text_of(zips.part(archive, name).decode(errors="replace")).strip())
        except Full:
            pass
    if not text.has_words:
        raise Unreadable(EMPTY)
    return Reading("document", media_type, str(text), chapters, note=cut(text))


def _chapters(archive: ZipFile) -> list[str]:
    container = _parsed(zips.part(archive, "META-INF/container.xml"))
    root = container.find(f".//{_CONTAINER}rootfile")
    path = root.get("full-path", "") if root is not None else ""
    package = _parsed(zips.part(archive, path))
    addresses = {item.get("id"): item.get("href", "") for item in package.iter(f"{_PACKAGE}item")}
    named = [addresses.get(item.get("idref"), "") for item in package.iter(f"{_PACKAGE}itemref")]
    return [posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(address))) for address in named if address]


def _parsed(content: bytes) -> ElementTree.Element:
    """Raises Unreadable for what is damaged, and for what defines entities, as bombs do."""
    if b"<!ENTITY" in content:
        raise Unreadable(zips.DAMAGED)
    try:
        return ElementTree.fromstring(content)  # noqa: S314
    except ElementTree.ParseError as error:
        raise Unreadable(zips.DAMAGED) from error
