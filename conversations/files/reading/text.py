"""Text, and what is made of it: source code, tables, pages, pictures in SVG."""

from __future__ import annotations

import codecs
import re
from typing import IO

from . import html, mail
from .bounds import MAX_CHARACTERS
from .collected import CollectedText, Full, clean, cut
from .result import Reading, Unreadable

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")  # escape sequences of terminals are in logs
_MAX_SHARE_HIDDEN = 0.001
_SAMPLE_BYTES = 64 * 1024
_BY_EXTENSION = {
    **dict.fromkeys(("csv", "tsv"), "text/csv"),
    **dict.fromkeys(("md", "markdown"), "text/markdown"),
    "json": "application/json",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "py": "text/x-python",
    "js": "text/javascript",
    "css": "text/css",
    "ics": "text/calendar",
    "vcf": "text/vcard",
}
_PROLOGUE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).){0,2000}-->\s*)*(?:<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>\s*)?(?:<!--.{0,2000}?-->\s*)*",
    re.I | re.S,
)
OLDER_ENCODINGS = [
    *(f"cp125{number}" for number in (2, 0, 1, 3, 4, 5, 6, 7, 8)),
    *(f"iso8859_{number}" for number in (1, 2, 5, 7, 9, 15)),
    *("koi8_r", "koi8_u", "cp866", "mac_roman", "cp874", "shift_jis", "cp932", "euc_jp", "gb18030", "big5", "euc_kr", "cp949"),
]
"""Those of files that people have; more of them would make wrong guesses for short texts."""
EMPTY = "This file is empty: it holds no text."
UNKNOWN = "This kind of file can’t be read here."


def prepare(file: IO[bytes]) -> None:
    """Load what guesses encodings, and all that it may try, where it will be asked."""
    sample = file.read(_SAMPLE_BYTES)
    file.seek(0)
    for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"):
        codecs.lookup(name)
    is_utf8 = _is_utf8(sample)
    if mail.is_mail(sample) or not is_utf8:
        for name in OLDER_ENCODINGS:
            codecs.lookup(name)
    if is_utf8:
        return
    from charset_normalizer import from_bytes

    from_bytes("Übrigens".encode("latin-1"), cp_isolation=OLDER_ENCODINGS).best()


def read(file: IO[bytes], media_type: str, extension: str) -> Reading:
    """Raises Unreadable for what isn't text."""
    # A character takes four bytes at most, and pages have more markup than words.
    content = file.read(16 * MAX_CHARACTERS)
    is_all = not file.read(1)
    if mail.is_mail(content[:_SAMPLE_BYTES]):
        return _reading(mail.text_of(content), "message/rfc822", is_all)
    decoded = _decoded(content)
    if not decoded.strip():
        raise Unreadable(EMPTY)
    start = decoded[_PROLOGUE.match(decoded[:8192]).end() :][:100].lower()  # type: ignore[union-attr]
    if start.startswith("<svg"):
        return _reading(decoded, "image/svg+xml", is_all)
    if start.startswith(("<html", "<head", "<body")) or re.match(r"\s*<!doctype html", decoded[:200], re.I):
        return _reading(html.text_of(decoded), "text/html", is_all)
    return _reading(decoded, _BY_EXTENSION.get(extension, "text/plain"), is_all)


def _reading(decoded: str, media_type: str, is_all: bool) -> Reading:
    text = CollectedText()
    try:
        text.add(decoded)
    except Full:
        return Reading("document", media_type, str(text), note=cut(text))
    if not text.has_words:
        raise Unreadable(EMPTY)
    return Reading("document", media_type, str(text), note="" if is_all else cut(text))


def _decoded(content: bytes) -> str:
    """Raises Unreadable for what isn't text."""
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    if encoding:
        return _words(content.decode(encoding, "replace"))
    sample = content[:_SAMPLE_BYTES]
    if _is_utf8(sample):
        return _words(content.decode(errors="replace"))
    if b"\x00" in sample:
        return _words(_utf16_without_mark(content))
    from charset_normalizer import from_bytes

    found = from_bytes(sample, cp_isolation=OLDER_ENCODINGS).best()
    if found is None:
        raise Unreadable(UNKNOWN)
    return _words(content.decode(found.encoding, "replace"))


def _is_utf8(sample: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)  # a character may be cut at its end
    except UnicodeDecodeError:
        return False
    return True


def _utf16_without_mark(content: bytes) -> str:
    """Of text in European languages every other byte is zero. Raises Unreadable for what has zeros elsewhere."""
    sample = content[:_SAMPLE_BYTES]
    even, odd = (sample[start::2].count(0) / (len(sample) / 2) for start in (0, 1))
    if max(even, odd) < 0.7 or min(even, odd) > 0.01:
        raise Unreadable(UNKNOWN)
    return content.decode("utf-16-le" if odd > even else "utf-16-be", "replace")


def _words(decoded: str) -> str:
    sample = decoded[:_SAMPLE_BYTES]
    if len(_NO_TEXT.findall(sample)) > _MAX_SHARE_HIDDEN * len(sample):
        raise Unreadable(UNKNOWN)
    return clean(decoded)
