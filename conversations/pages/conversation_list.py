"""The sidebar's list of conversations, a page at a time."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from conversations.broadcast import frames
from conversations.commands.refusals import Refused
from conversations.models import Conversation, Message, User

from .json_requests import signed_in, user_of

LISTED = 50


@signed_in
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The next rows of the sidebar."""
    return JsonResponse(page_of(user_of(request), request.GET.get("before")))


def page_of(user: User, cursor: str | None) -> dict[str, Any]:
    """A page of the user's conversations, newest first. A cursor names the last row of the page before."""
    rows = Conversation.objects.of(user).filter(archived=False).order_by("-updated", "-id")
    if cursor:
        try:
            updated, key = cursor.split("~")
            at, after = datetime.fromisoformat(updated).astimezone(UTC), uuid.UUID(key)
        except (ValueError, OverflowError):
            raise Refused("invalid", "That page of the list isn't there. Reload the page.") from None
        rows = rows.filter(Q(updated__lt=at) | Q(updated=at, id__lt=after))
    is_running = Exists(Message.objects.running().filter(conversation=OuterRef("pk")))
    found = list(rows.annotate(is_running=is_running)[: LISTED + 1])
    shown = found[:LISTED]
    more = f"{shown[-1].updated.isoformat()}~{shown[-1].pk}" if len(found) > LISTED else None
    return {"conversations": [frames.entry(row, running=row.is_running) for row in shown], "more": more}


def entry(conversation: Conversation) -> frames.Frame:
    return frames.entry(conversation, running=conversation.has_running_reply)
