"""What the addresses that the page's script asks have in common."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse, RawPostDataException
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache

from conversations.commands.refusals import Refused
from conversations.models import Conversation, User

View = Callable[..., HttpResponseBase]


def signed_in(view: View) -> View:
    """401 rather than a redirect to the sign-in page."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return JsonResponse({"detail": "You are signed out. Sign in again."}, status=401)
        try:
            return never_cache(view)(request, *args, **kwargs)
        except Refused as refused:
            return JsonResponse({"detail": refused.detail}, status=404 if refused.code == "not_found" else 400)

    return checked


def user_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def own(user: User, conversation_id: uuid.UUID) -> Conversation:
    return get_object_or_404(Conversation.objects.of(user), pk=conversation_id)


def body_of(request: HttpRequest) -> dict[str, Any]:
    try:
        body = orjson.loads(request.body)
    except (ValueError, RawPostDataException):  # a form's body was read as one already
        body = None
    if not isinstance(body, dict):
        raise Refused("bad_frame", "The request’s body must be a JSON object.")
    return body


def uuid_from(value: object) -> uuid.UUID:
    try:
        return uuid.UUID(str(value))
    except ValueError:
        raise Http404 from None
