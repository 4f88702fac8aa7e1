"""The page says that an answer was copied."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from conversations.commands import copying

from .json_requests import signed_in, user_of
from .rate_of_user import RateOfUser

RATE = RateOfUser(at_once=20, per_second=1)


@signed_in
@require_POST
def note(request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID) -> HttpResponse:
    """Only the answer is named; a body isn't read."""
    user = user_of(request)
    if not RATE.take(user.pk):
        return JsonResponse({"detail": "That was a lot of copying. Wait a second, then go on."}, status=429)
    copying.note(user, conversation_id, message_id)
    return HttpResponse(status=204)
