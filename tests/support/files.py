"""Files as they are once they were uploaded and read."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from django.core.files.base import ContentFile

from conversations.models import File, FileKind, User
from conversations.usage.ledger.token_estimate import tokens_read

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
"""One pixel."""


def stored_file(owner: User, content: bytes = b"A word", name: str = "words.txt", *, with_thumbnail: bool = False, **fields: Any) -> File:
    """A text document of the owner's, unless the fields say otherwise."""
    text = fields.get("text", content.decode(errors="replace"))
    given = {"content_type": "text/plain", "text": text, "tokens": tokens_read(text), **fields}
    if with_thumbnail:
        given["thumbnail"] = ContentFile(content, name)
    digest, stored = hashlib.sha256(content).hexdigest(), ContentFile(content, name)
    return File.objects.create(owner=owner, digest=digest, name=name, size=len(content), content=stored, **given)


def stored_image(owner: User) -> File:
    """One pixel, “sun.png”."""
    return stored_file(owner, PNG, "sun.png", kind=FileKind.IMAGE, content_type="image/png", width=1, height=1, text="")
