"""The sidebar's list of conversations and the archive, a page at a time."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, UUIDField
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from conversations.broadcast import frames
from conversations.commands.refusals import Refused
from conversations.models import Conversation, Message, User
from conversations.models.compiled import Parameter, Select

from .json_requests import signed_in, user_of

LISTED = 50


@signed_in
@require_GET
def listed(request: HttpRequest) -> HttpResponse:
    """The next rows of the sidebar, or of the archive."""
    return JsonResponse(page_of(user_of(request), request.GET.get("before"), archived="archived" in request.GET))


def page_of(user: User, cursor: str | None, *, archived: bool = False) -> dict[str, Any]:
    """A page of the user's conversations, newest first; before those of the first page all that are pinned.

    A cursor names the last row of the page before. The archive has no pinned ones of its own.
    """
    pinned: list[Any] = []
    if archived or cursor:
        rows = _rows(user.pk, archived=archived)
        found: list[Any] = list((rows.filter(_after(cursor)) if cursor else rows)[: LISTED + 1])
    else:  # what each load of the page asks for
        pinned, found = _PINNED.all(owner=user.pk), _NEWEST.all(owner=user.pk)
    shown = found[:LISTED]
    more = f"{shown[-1].updated.isoformat()}~{shown[-1].pk}" if len(found) > LISTED else None
    return {"conversations": [frames.entry(row, running=row.running) for row in (*pinned, *shown)], "more": more}


def _rows(owner: Any, *, archived: bool = False, pinned: bool = False) -> QuerySet[Conversation]:
    """Those of the archive, which has pinned ones, too; or of the list, above its line or below."""
    running = Exists(Message.objects.running().filter(conversation=OuterRef("pk")))
    rows = Conversation.objects.filter(owner=owner, archived=archived).order_by("-updated", "-id").annotate(running=running)
    return rows if archived else rows.filter(pinned=pinned)


_OWNER = Parameter("owner", UUIDField())
_PINNED = Select(lambda: _rows(_OWNER, pinned=True))
_NEWEST = Select(lambda: _rows(_OWNER)[: LISTED + 1])


def _after(cursor: str) -> Q:
    try:
        updated, key = cursor.split("~")
        at, after = datetime.fromisoformat(updated).astimezone(UTC), uuid.UUID(key)
    except (ValueError, OverflowError):
        raise Refused("invalid", "That page of the list isn’t there. Reload the page.") from None
    return Q(updated__lt=at) | Q(updated=at, id__lt=after)


def entry(conversation: Conversation) -> frames.Frame:
    return frames.entry(conversation, running=conversation.has_running_reply)
