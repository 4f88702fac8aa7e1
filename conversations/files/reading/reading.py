"""Reads one file, whatever it is. Runs in the child process; tests may call it in theirs."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import IO, Any

from . import zips
from .result import Reading, Unreadable
from .sniffing import sniffed

_READERS = {
    **dict.fromkeys(("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/heic"), "images"),
    "application/pdf": "pdf",
    "application/rtf": "rtf",
    "application/x-ole-storage": "office",
    "application/epub+zip": "epub",
}
_ARCHIVES = {
    *("application/gzip", "application/x-bzip2", "application/x-xz", "application/x-7z-compressed", "application/vnd.rar"),
    *("application/zstd", "application/x-tar", "application/zip"),
}
ARCHIVE = "Archives are not unpacked here. Attach the files that are in it."
VIDEO = "Videos of this kind ({}) can’t be read here. Save it as MP4 or WebM."
HEARD_VIDEOS = {"video/mp4", "video/quicktime", "video/webm", "video/x-matroska"}
"""Whose sound track is."""
OTHER_IMAGE = "Images of this kind ({}) can’t be read here. Save it as PNG or JPEG."
UNKNOWN = "This kind of file can’t be read here."


def read(file: IO[bytes], extension: str, confine: Callable[[], Any] = lambda: None) -> Reading:
    """`extension` of its name only tells kinds of text apart. `confine` is called once all is imported. Raises Unreadable, and others."""
    media_type = sniffed(file)
    if media_type == "application/zip":
        media_type = zips.media_type(file)
    module = _READERS.get(media_type) or _by_family(media_type) or _without_reader(media_type)
    if module is None:
        confine()
        return Reading("audio", media_type)
    reader = import_module(f"{__package__}.{module}")
    reader.prepare(file)
    confine()
    found: Reading = reader.read(file, media_type, extension)
    return found


def draw(file: IO[bytes], number: int, confine: Callable[[], Any] = lambda: None) -> tuple[int, int, bytes]:
    """The page of a PDF with this number, see `pdf.picture`, or an image, see `images.picture`. Raises Unreadable, and others."""
    media_type = sniffed(file)
    is_image = _READERS.get(media_type) == "images"
    reader = import_module(f"{__package__}.{'images' if is_image else 'pdf'}")
    reader.prepare(file)
    confine()
    drawn: tuple[int, int, bytes] = reader.picture(file, media_type) if is_image else reader.picture(file, number)
    return drawn


def _by_family(media_type: str) -> str | None:
    families = {"application/vnd.openxmlformats-officedocument.": "office", "application/vnd.oasis.opendocument.": "opendocument"}
    return next((module for beginning, module in families.items() if media_type.startswith(beginning)), None)


def _without_reader(media_type: str) -> str | None:
    """None for what is heard later, elsewhere. Raises Unreadable."""
    if media_type.startswith("audio/") or media_type in HEARD_VIDEOS:
        return None
    if media_type in _ARCHIVES:
        raise Unreadable(ARCHIVE)
    if media_type.startswith("video/"):
        raise Unreadable(VIDEO.format(media_type.removeprefix("video/").upper()))
    if media_type.startswith("image/"):
        raise Unreadable(OTHER_IMAGE.format(media_type.removeprefix("image/").split(".")[-1].upper()))
    if media_type:
        raise Unreadable(UNKNOWN)
    return "text"
