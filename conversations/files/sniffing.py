"""What a file is, by its first bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class Unreadable(Exception):
    """Its sentence is for the user."""


@dataclass(frozen=True)
class Reading:
    kind: str
    content_type: str
    text: str = ""
    pages: int | None = None
    image: bytes | None = None
    thumbnail: bytes | None = None
    width: int | None = None
    height: int | None = None


def read(path: Path, name: str) -> Reading:
    content = path.read_bytes()
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
        return Reading("image", "image/png", image=content, thumbnail=content, width=width, height=height)
    if content.startswith(b"\xff\xd8\xff"):
        return Reading("image", "image/jpeg", image=content, thumbnail=content)
    try:
        return Reading("document", "text/plain", text=content.decode())
    except UnicodeDecodeError:
        raise Unreadable("This kind of file can’t be read here.") from None
