"""Text of RTF files."""

from __future__ import annotations

import codecs
import contextlib
from typing import IO

from striprtf.striprtf import rtf_to_text

from .bounds import MAX_CHARACTERS
from .collected import CollectedText, Full, cut
from .office import EMPTY
from .result import Reading, Unreadable
from .text import OLDER_ENCODINGS


def prepare(file: IO[bytes]) -> None:
    """Have the decoders loaded."""
    for name in OLDER_ENCODINGS:
        codecs.lookup(name)


def read(file: IO[bytes], media_type: str, extension: str) -> Reading:
    """Raises Unreadable for one without text."""
    text = CollectedText()
    source = file.read(16 * MAX_CHARACTERS).decode("latin-1")
    with contextlib.suppress(Full):
        text.add(rtf_to_text(source, encoding="cp1252", errors="replace"))  # type: ignore[no-untyped-call]
    if not text.has_words:
        raise Unreadable(EMPTY)
    return Reading("document", media_type, str(text), note=cut(text))
