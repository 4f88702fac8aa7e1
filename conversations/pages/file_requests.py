"""What the addresses of files have in common."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from conversations.commands import attachments
from conversations.files.refusal import FileRefused
from conversations.models import File
from conversations.routing import hearing

View = Callable[..., HttpResponseBase]


def answers_refusals(view: View) -> View:
    """Signed-out users, and what is refused, get a sentence and a code as JSON."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _error("signed_out", "You are signed out. Sign in again.", 401)
        try:
            return view(request, *args, **kwargs)
        except FileRefused as refused:
            return _error(refused.code, refused.detail, refused.status)

    return checked


def described(file: File) -> dict[str, Any]:
    """What the page is told of it."""
    return {
        "id": str(file.pk),
        "name": file.name,
        "kind": file.kind,
        "content_type": file.content_type,
        "size": file.size,
        "state": file.state,
        "problem": file.problem,
        "width": file.width,
        "height": file.height,
        "tokens": file.tokens,
        "seconds": file.seconds,
        "recognised": attachments.recognised_tokens(file),
        "only_heard": attachments.is_only_heard(file) and bool(hearing.names()),
        "transcribed": file.transcribed_ms // 1000,
        "thumbnail": reverse("file_thumbnail", args=[file.pk]) if file.thumbnail else None,
    }


def _error(code: str, detail: str, status: int) -> JsonResponse:
    response = JsonResponse({"error": detail, "code": code}, status=status)
    add_never_cache_headers(response)
    return response
