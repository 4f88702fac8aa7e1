"""What a stored response was asked, as items: https://platform.openai.com/docs/api-reference/responses/input-items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from conversations.api.authentication import Caller
from conversations.api.fields import wrong
from conversations.models import Message, Role, Status, Tree, parent_links

from . import output_items, stored
from .stored_messages import MOST_MESSAGES

USUAL, MOST = 20, 100
"""Items of one page."""
Item = dict[str, Any]


def listed(request: HttpRequest, caller: Caller, *, response: str) -> HttpResponse:
    """The items that came with the request of a response, the latest first; earlier responses have their own."""
    message = stored.one(caller, response)
    limit, order = request.GET.get("limit", str(USUAL)), request.GET.get("order", "desc")
    if not limit.isdecimal() or len(limit) > len(str(MOST)) or not 1 <= int(limit) <= MOST:
        raise wrong("limit", f"a whole number from 1 to {MOST}")
    if order not in ("asc", "desc"):
        raise wrong("order", "one of asc, desc")
    items = [item for one in _asked(caller, message) for item in _items(one)]
    if order == "desc":
        items.reverse()
    if after := request.GET.get("after"):
        places = [number for number, item in enumerate(items) if item["id"] == after]
        if not places:
            raise wrong("after", "the id of an item")
        items = items[places[0] + 1 :]
    page = items[: int(limit)]
    first, last = (page[0]["id"], page[-1]["id"]) if page else (None, None)
    return JsonResponse({"object": "list", "data": page, "first_id": first, "last_id": last, "has_more": len(items) > len(page)})


def _asked(caller: Caller, reply: Message) -> list[Message]:
    """The messages of its request, in their order: its question, and those before it that no model wrote here."""
    path = Tree(parent_links(reply.conversation_id)).path(reply.parent_id)[-MOST_MESSAGES:]
    messages = Message.objects.of(caller.user).in_bulk(path)
    found: list[Message] = []
    for message in (messages[key] for key in reversed(path) if key in messages):
        if message.role == Role.ASSISTANT and (message.model or message.finished or message.status != Status.COMPLETE):
            break
        found.insert(0, message)
    return found


def _items(message: Message) -> Iterator[Item]:
    if message.role == Role.ASSISTANT:
        yield from output_items.all_of(message.pk.hex, message.parts)
        return
    content: list[Item] = []
    for number, part in enumerate(message.parts):
        if part["type"] == "tool_result":
            yield {
                "id": output_items.item_id(message.pk.hex, number, "fco"),
                "type": "function_call_output",
                "status": "completed",
                "call_id": part["id"],
                "output": part["text"],
            }
        else:
            content.append(_content(part))
    if content:
        name = output_items.item_id(message.pk.hex, len(message.parts), "msg")
        yield {"id": name, "type": "message", "role": "user", "status": "completed", "content": content}


def _content(part: dict[str, Any]) -> Item:
    match part["type"]:
        case "text":
            return {"type": "input_text", "text": part["text"]}
        case "image":
            return {"type": "input_image", "detail": "auto", "file_id": part["file"]}
    return {"type": "input_file", "file_id": part["file"], "filename": part.get("name", "")}
