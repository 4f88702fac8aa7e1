"""A stored message as a page keeps it: https://ai-sdk.dev/docs/reference/ai-sdk-core/ui-message."""

from __future__ import annotations

from collections.abc import Iterator
from mimetypes import guess_type
from typing import Any

from conversations.api.responses import following
from conversations.models import Message, Role, function_parts

from . import chunks
from .addresses import Addresses

OURS = "resp_"
"""Ids of answers begin with it."""
OURS_ASKED = "msg_"
"""Ids of messages of the user's begin with it, where a page was given them from here."""
UNKNOWN = "application/octet-stream"


def message(stored: Message, addresses: Addresses) -> dict[str, Any]:
    parts = [shown for part in stored.parts for shown in _parts(part, addresses)]
    if stored.role == Role.USER:
        return {"id": f"{OURS_ASKED}{stored.pk.hex}", "role": "user", "parts": parts}
    metadata = {"conversation": f"conv_{stored.conversation_id.hex}", "usage": chunks.usage(following.ended(stored))}
    return {"id": f"{OURS}{stored.pk.hex}", "role": "assistant", "parts": parts, "metadata": metadata}


def media_type(part: dict[str, Any]) -> str:
    """Of the file that a message's part stands for."""
    return str(part.get("content_type") or guess_type(part.get("name", ""))[0] or UNKNOWN)


def _parts(part: dict[str, Any], addresses: Addresses) -> Iterator[dict[str, Any]]:
    if "file" in part:
        if "deleted" not in part:
            yield {"type": "file", "mediaType": media_type(part), "filename": part.get("name", ""), "url": addresses.of(part["file"])}
    elif part.get("text") and part["type"] not in (function_parts.CALL, function_parts.RESULT):
        yield {"type": "reasoning" if part["type"] == "reasoning" else "text", "text": part["text"], "state": "done"}
    for number, source in enumerate(part.get("sources", ()), 1):
        yield {"type": "source-url", "sourceId": f"source-{number}", "url": source["url"], "title": source["title"]}
