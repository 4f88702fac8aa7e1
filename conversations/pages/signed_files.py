"""A file for a provider or a page of another site that was given its signed address. No session is asked for, and none is looked at."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from conversations.files import signed_addresses
from conversations.files.refusal import FileRefused
from conversations.models import File, FileState

from .file_response import file_response

NOT_FOUND = "There is no such file at this address, or not any more."


@require_GET
def signed(request: HttpRequest, file_id: uuid.UUID) -> HttpResponseBase:
    """The same 404 for what was deleted, is over, or was signed for another file."""
    until, signature = request.GET.get("until", ""), request.GET.get("signature", "")
    if not signed_addresses.is_valid(file_id, until, signature):
        return _not_found()
    file = File.objects.defer("text").filter(pk=file_id, state=FileState.READY).first()
    try:
        if file is None:
            return _not_found()
        response = file_response(request, file.content, file.content_type, file.name, is_shown=False)
    except FileRefused:
        return _not_found()
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # the signature says who may see it
    response["X-Robots-Tag"] = "noindex"
    return response


def _not_found() -> HttpResponse:
    return HttpResponse(NOT_FOUND, status=404, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})
