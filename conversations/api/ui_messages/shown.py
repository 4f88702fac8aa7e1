"""A stored message as a page keeps it: https://ai-sdk.dev/docs/reference/ai-sdk-core/ui-message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from mimetypes import guess_type
from typing import Any

from conversations.api.responses import following
from conversations.models import Message, function_parts

from . import chunks
from .addresses import Addresses

OURS = "resp_"
"""Ids of answers begin with it."""
OURS_ASKED = "msg_"
"""Ids of messages of the user's begin with it, where a page was given them from here."""
UNKNOWN = "application/octet-stream"


def messages(pairs: Iterable[tuple[Message, Message]], addresses: Addresses) -> list[dict[str, Any]]:
    """Each question with its answer. The steps of an answer are one message, which is left out while the last is being written."""
    found: list[dict[str, Any]] = []
    for question, answer in pairs:
        results = {part["id"]: part["text"] for part in function_parts.results(question.parts)}
        before = found.pop() if results and found and found[-1]["role"] == "assistant" else None
        if before is None and (asked := _parts_of(question, addresses)):
            found.append({"id": f"{OURS_ASKED}{question.pk.hex}", "role": "user", "parts": asked})
        if answer.is_running:
            continue
        earlier = [*_with_results(before["parts"], results), {"type": "step-start"}] if before else []
        if not answer.parts and not earlier:
            continue
        metadata = {"conversation": f"conv_{answer.conversation_id.hex}", "usage": chunks.usage(following.ended(answer))}
        message_id = before["id"] if before else f"{OURS}{answer.pk.hex}"
        parts = earlier + _parts_of(answer, addresses)
        found.append({"id": message_id, "role": "assistant", "parts": parts, "metadata": metadata})
    return found


def _parts_of(stored: Message, addresses: Addresses) -> list[dict[str, Any]]:
    return [shown for part in stored.parts for shown in _parts(part, addresses)]


def _with_results(parts: list[dict[str, Any]], results: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {**part, "state": "output-available", "output": chunks.output(results[part["toolCallId"]])}
        if part.get("toolCallId") in results
        else part
        for part in parts
    ]


def media_type(part: dict[str, Any]) -> str:
    """Of the file that a message's part stands for."""
    return str(part.get("content_type") or guess_type(part.get("name", ""))[0] or UNKNOWN)


def _parts(part: dict[str, Any], addresses: Addresses) -> Iterator[dict[str, Any]]:
    if "file" in part:
        if "deleted" not in part:
            yield {"type": "file", "mediaType": media_type(part), "filename": part.get("name", ""), "url": addresses.of(part["file"])}
    elif part["type"] == function_parts.CALL:
        called = {"toolCallId": part["id"], "state": "input-available", "input": chunks.output(part["text"] or "{}")}
        yield {"type": f"tool-{part['name']}", **called}
    elif part.get("text") and part["type"] != function_parts.RESULT:
        yield {"type": "reasoning" if part["type"] == "reasoning" else "text", "text": part["text"], "state": "done"}
    for number, source in enumerate(part.get("sources", ()), 1):
        yield {"type": "source-url", "sourceId": f"source-{number}", "url": source["url"], "title": source["title"]}
