"""Text of PDFs, page by page."""

from __future__ import annotations

import codecs
from typing import IO

import pypdfium2

from .bounds import MAX_PAGES, PICTURE_PIXELS
from .collected import CollectedText, Full, cut
from .result import Reading, Unreadable

PICTURE_PIXELS_PER_INCH, POINTS_PER_INCH = 300, 72
_ERROR_PASSWORD = 4  # FPDF_ERR_PASSWORD
ENCRYPTED = "This PDF is encrypted. Save it without a password, and attach that."
DAMAGED = "This PDF can’t be read: it is damaged or cut off."
NO_TEXT = "This PDF has no text on any of its {pages:,} pages that were read: they are empty, or pictures such as scans."
FEWER_PAGES = "Of {pages:,} pages, only the first {read:,} were read."


def prepare(file: IO[bytes]) -> None:
    codecs.lookup("utf-16-le")  # in which PDFium gives text


def read(file: IO[bytes], media_type: str, extension: str) -> Reading:
    """Raises Unreadable."""
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(ENCRYPTED if error.err_code == _ERROR_PASSWORD else DAMAGED) from error
    pages, text, done = len(document), CollectedText(), 0
    try:
        for number in range(min(pages, MAX_PAGES)):
            text.mark(f"Page {number + 1}")
            text.add(_text_of(document, number))
            done += 1
    except Full:
        pass
    if not text.has_words:
        return Reading("document", media_type, pages=pages, note=NO_TEXT.format(pages=done))
    fewer = FEWER_PAGES.format(pages=pages, read=done) if done < pages else ""
    return Reading("document", media_type, str(text), pages, note=" ".join(filter(None, (fewer, cut(text)))))


def picture(file: IO[bytes], number: int) -> tuple[int, int, bytes]:
    """The page with this number, from 0, as a scanner would see it: width, height and a byte for each pixel. Raises Unreadable."""
    try:
        page = pypdfium2.PdfDocument(file)[number]
        wide, high = page.get_size()
        scale = min(PICTURE_PIXELS_PER_INCH / POINTS_PER_INCH, (PICTURE_PIXELS / max(1.0, wide * high)) ** 0.5)
        drawn = page.render(scale=scale, grayscale=True, prefer_bgrx=False)
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise Unreadable(DAMAGED) from error
    content, width, height = bytes(drawn.buffer), drawn.width, drawn.height
    return width, height, b"".join(content[row * drawn.stride : row * drawn.stride + width] for row in range(height))


def _text_of(document: pypdfium2.PdfDocument, number: int) -> str:
    """Empty for a page that is damaged: the others are still of use."""
    try:
        page = document[number]
        found = page.get_textpage()
        text: str = found.get_text_bounded()
        found.close()
        page.close()
    except pypdfium2.PdfiumError:
        return ""
    return text
