"""Conversations as a whole: renaming one; pinning, archiving and deleting several."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from conversations.broadcast import frames
from conversations.commands import deletion, placing, titles
from conversations.commands.refusals import Refused
from conversations.processes import supervisor

from .json_requests import body_of, own, signed_in, user_of

MAX_AT_ONCE = 200
"""Conversations of one request: they are changed in one transaction."""


@signed_in
@require_POST
def rename(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    conversation = own(user_of(request), conversation_id)
    title = body_of(request).get("title")
    titles.rename(conversation, title if isinstance(title, str) else "")
    is_running = conversation.has_running_reply
    supervisor.current().hub.publish_from_thread(conversation.owner_id, frames.conversation(conversation, running=is_running))
    return JsonResponse(frames.entry(conversation, running=is_running))


@signed_in
@require_POST
def delete(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Delete a conversation with all its messages. What still runs in it is stopped."""
    deletion.delete(user_of(request), [conversation_id])
    return HttpResponse(status=204)


@signed_in
@require_POST
def delete_several(request: HttpRequest) -> HttpResponse:
    deletion.delete(user_of(request), _chosen(body_of(request)))
    return HttpResponse(status=204)


@signed_in
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Pin or archive conversations, or undo it: whichever of `pinned` and `archived` is given."""
    body = body_of(request)
    wanted = {name: body[name] for name in ("pinned", "archived") if isinstance(body.get(name), bool)}
    return JsonResponse({"conversations": placing.place(user_of(request), _chosen(body), **wanted)})


def _chosen(body: dict[str, Any]) -> list[uuid.UUID]:
    ids = body.get("conversations")
    if not isinstance(ids, list) or not 1 <= len(ids) <= MAX_AT_ONCE:
        raise Refused("invalid", f"Choose from 1 to {MAX_AT_ONCE} conversations at once.")
    try:
        return [uuid.UUID(key) for key in ids]
    except (ValueError, TypeError, AttributeError):
        raise Refused("invalid", "That is no list of conversations. Reload the page.") from None
