"""What was read in a file."""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(Exception):
    """Its sentence is for the user."""


@dataclass(frozen=True)
class Reading:
    """`kind` is image, document or audio. Of an image, `content_type`, width and height are those of our own encoding."""

    kind: str
    content_type: str
    text: str = ""
    pages: int | None = None
    image: bytes | None = None
    thumbnail: bytes | None = None
    width: int | None = None
    height: int | None = None
    note: str = ""
    """What is missing of it, in sentences for the user."""
