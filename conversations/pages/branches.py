"""The branches of a conversation: which one is shown, and deleting one."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_POST

from conversations.commands import branches

from .conversation_list import entry
from .json_requests import body_of, signed_in, user_of, uuid_from
from .messages import path_end


@signed_in
@require_POST
def choose(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Show the branch of this message from now on."""
    chosen = uuid_from(body_of(request).get("message"))
    conversation = branches.choose(user_of(request), conversation_id, chosen)
    return JsonResponse({"conversation": entry(conversation), **path_end(conversation, None, showing=chosen)})


@signed_in
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID) -> HttpResponse:
    """Delete a message with everything below it, and answer what is shown instead; when only asked, answer how much that would be."""
    user = user_of(request)
    if request.method == "GET":
        return JsonResponse({"messages": branches.size(user, conversation_id, message_id)})
    conversation, neighbour = branches.delete(user, conversation_id, message_id)
    return JsonResponse({"conversation": entry(conversation), "neighbour": neighbour, **path_end(conversation, None, showing=neighbour)})
