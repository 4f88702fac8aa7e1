"""The user's feedback on an answer."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from conversations.broadcast import frames
from conversations.commands import feedback

from .json_requests import body_of, signed_in, user_of


@signed_in
@require_POST
def give(request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID) -> HttpResponse:
    """Save a thumb with its tags and words, or take it back where the thumb is null. Answers what is saved."""
    saved = feedback.give(user_of(request), conversation_id, message_id, body_of(request))
    return JsonResponse({"feedback": frames.feedback_json(saved)})
