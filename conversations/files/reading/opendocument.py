"""Text of OpenDocument files: texts, tables and presentations, of LibreOffice and others."""

from __future__ import annotations

from typing import IO, Any
from xml.parsers import expat

from . import zips
from .collected import CollectedText, Full, cut
from .office import EMPTY, ENCRYPTED
from .result import Reading, Unreadable

_UNSEEN = {"text:tracked-changes", "office:annotation", "text:bookmark", "office:styles", "presentation:settings"}
_CELLS = {"table:table-cell", "table:covered-table-cell"}
MAX_SPACES = 100
"""Of those that are written as a number."""


def prepare(file: IO[bytes]) -> None:
    """Nothing is imported later."""


def read(file: IO[bytes], media_type: str, extension: str) -> Reading:
    """Raises Unreadable."""
    with zips.opened(file) as archive:
        if b"encryption-data" in zips.part(archive, "META-INF/manifest.xml"):
            raise Unreadable(ENCRYPTED)
        content = zips.part(archive, "content.xml")
    walk = _Walk()
    try:
        walk.parse(content)
    except Full:
        pass
    except expat.ExpatError as error:
        raise Unreadable(zips.DAMAGED) from error
    if not walk.text.has_words:
        raise Unreadable(EMPTY)
    return Reading("document", media_type, str(walk.text), walk.places or None, note=cut(walk.text))


class _Walk:
    """See OpenDocument 1.3, part 3, chapters 5, 6, 9 and 10 for the elements' meaning."""

    def __init__(self) -> None:
        self.text, self.places = CollectedText(), 0
        self._unseen = self._paragraphs = self._cells = 0
        self._has_cell_before = False

    def parse(self, content: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = self._start, self._end, self._words
        parser.EntityDeclHandler = self._refuse
        parser.buffer_text = True
        parser.Parse(content, True)

    def _refuse(self, *given: Any) -> None:
        """No document has entities of its own, but bombs have."""
        raise Unreadable(zips.DAMAGED)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._unseen or name in _UNSEEN:
            self._unseen += 1
        elif name in ("text:p", "text:h"):
            self._paragraphs += 1
        elif name == "text:s":
            self.text.add(" " * min(MAX_SPACES, _number(attributes.get("text:c"))))
        elif name == "text:tab":
            self.text.add("\t")
        elif name == "text:line-break":
            self.text.add("\n")
        elif name in _CELLS:
            if self._has_cell_before:
                self.text.add("\t")
            self._cells += 1
        elif name == "table:table" and "table:name" in attributes:
            self._mark(f"Sheet {attributes['table:name']}")
        elif name == "draw:page":
            self._mark(f"Slide {self.places + 1}")
        elif name == "table:table-row":
            self._has_cell_before = False

    def _mark(self, place: str) -> None:
        self.places += 1
        self.text.mark(place)

    def _end(self, name: str) -> None:
        if self._unseen:
            self._unseen -= 1
        elif name in ("text:p", "text:h"):
            self._paragraphs -= 1
            self.text.add(" " if self._cells else "\n")
        elif name in _CELLS:
            self._cells -= 1
            self._has_cell_before = True
        elif name == "table:table-row":
            self.text.add("\n")

    def _words(self, words: str) -> None:
        if self._paragraphs and not self._unseen:
            self.text.add(words)


def _number(said: str | None) -> int:
    return int(said) if said and said.isdecimal() and len(said) < 9 else 1
