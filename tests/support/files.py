"""Files as they are once they were uploaded and read."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.files.base import ContentFile

from conversations.models import File, User


def stored_file(owner: User, content: bytes = b"A word", name: str = "words.txt", **fields: Any) -> File:
    """A text document of the owner's, unless the fields say otherwise."""
    given = {"content_type": "text/plain", "text": content.decode(errors="replace"), "tokens": len(content) // 4 + 1, **fields}
    stored = ContentFile(content, name)
    return File.objects.create(
        owner=owner, digest=hashlib.sha256(content).hexdigest(), name=name, size=len(content), content=stored, **given
    )
