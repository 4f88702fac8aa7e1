"""What an answer says, as items of a response's output: https://platform.openai.com/docs/api-reference/responses/object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

ItemStatus = Literal["in_progress", "completed", "incomplete"]
Part = dict[str, Any]
"""As in a message: {"type", "text"} but for pictures, of a call its "id" and "name", too, and of a text the "sources" that it cites."""


def all_of(response_id: str, parts: Sequence[Part], status: ItemStatus = "completed") -> list[dict[str, Any]]:
    """`status`: of the last one."""
    last = len(parts) - 1
    return [item(response_id, number, part, status if number == last else "completed") for number, part in enumerate(parts)]


def begun(response_id: str, number: int, part: Part) -> dict[str, Any]:
    """The item as it begins."""
    return item(response_id, number, part, "in_progress", said=False)


def item(response_id: str, number: int, part: Part, status: ItemStatus, *, said: bool = True) -> dict[str, Any]:
    """Each part is an item. `said`: with what it says so far."""
    match part["type"]:
        case "reasoning":
            return {"id": item_id(response_id, number, "rs"), "type": "reasoning", "summary": [content(part)] if said else []}
        case "tool_call":
            return {
                "id": item_id(response_id, number, "fc"),
                "type": "function_call",
                "status": status,
                "call_id": part["id"],
                "name": part["name"],
                "arguments": part["text"] if said else "",
            }
        case "image":  # drawn for a page of the AI SDK: what it shows is not said here
            return {"id": item_id(response_id, number, "ig"), "type": "image_generation_call", "status": "completed", "result": None}
    return {
        "id": item_id(response_id, number, "msg"),
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": [content(part)] if said else [],
    }


def item_id(response_id: str, number: int, prefix: str) -> str:
    return f"{prefix}_{response_id.removeprefix('resp_')}{number:x}"


def content(part: Part) -> dict[str, Any]:
    """The content of an item that says something."""
    match part["type"]:
        case "reasoning":
            return {"type": "summary_text", "text": part["text"]}
        case "refusal":
            return {"type": "refusal", "refusal": part["text"]}
    return {"type": "output_text", "text": part["text"], "annotations": citations(part), "logprobs": []}


def citations(part: Part) -> list[dict[str, Any]]:
    """The pages that a text cites. Where it does so isn't kept, so each is of all of it."""
    sources = part.get("sources", ()) if part["type"] == "text" else ()
    return [{"type": "url_citation", **source, "start_index": 0, "end_index": len(part["text"])} for source in sources]
