"""A conversation as a whole: renaming and deleting it."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from conversations.broadcast import frames
from conversations.commands import deletion, titles
from conversations.processes import supervisor

from .json_requests import body_of, own, signed_in, user_of


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
    conversation = own(user_of(request), conversation_id)
    with transaction.atomic():
        deletion.announce([conversation])
        conversation.delete()
    return HttpResponse(status=204)
