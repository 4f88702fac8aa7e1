"""Files: uploaded whole, told of, and given out to those who may see them. Nothing that was uploaded ever runs."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from conversations.files import access, deletion, stored
from conversations.files.refusal import FileRefused, gone
from conversations.files.storing import store
from conversations.generation.file_transcripts import transcribe_file
from conversations.models import File, FileKind
from conversations.routing import sight
from conversations.studio.rights import may_read_conversations

from .file_requests import answers_refusals, described
from .file_response import file_response
from .json_requests import user_of

SHOWN_TYPES = {"image/webp", "image/jpeg", "image/png"}
"""Of images, which are our own encoding."""


@answers_refusals
@never_cache
@require_POST
def upload(request: HttpRequest) -> HttpResponseBase:
    """Store the `file` of a form, under its `name` if it has one. What is larger than a request may be comes in pieces."""
    sent = request.FILES.get("file")
    if not isinstance(sent, UploadedFile):
        raise FileRefused("invalid", "The form has no field “file” with a file.", 400)
    with stored.temporary_file() as whole:
        for chunk in sent.chunks():
            whole.write(chunk)
        whole.flush()
        name = request.POST.get("name") or sent.name or ""
        file = store(user_of(request), Path(whole.name), name, transcribe=transcribe_file, reads_images=sight.some_are_blind())
    return JsonResponse(described(file), status=201)


@answers_refusals
@never_cache
@require_GET
def state(request: HttpRequest, file_id: uuid.UUID) -> HttpResponseBase:
    """What is known of the user's own file, which may still be read."""
    file = File.objects.of(user_of(request)).defer("text").filter(pk=file_id).first()
    if file is None:
        raise gone()
    return JsonResponse(described(file))


@answers_refusals
@require_http_methods(["GET", "HEAD", "DELETE"])
def content(request: HttpRequest, file_id: uuid.UUID) -> HttpResponseBase:
    """What is in the file: shown where it is an image, unless a `download` is asked for, and saved otherwise.

    DELETE takes back one of the user's own that isn't ready, such as a recording that is being transcribed.
    """
    if request.method == "DELETE":
        deletion.take_back(user_of(request), file_id)
        return HttpResponse(status=204)
    file = _readable(request, file_id)
    if file.original and "download" in request.GET:  # with what it says of its origin
        return file_response(request, file.original, file.original_type, file.name, is_shown=False)
    is_shown = file.kind == FileKind.IMAGE and file.content_type in SHOWN_TYPES and "download" not in request.GET
    return file_response(request, file.content, file.content_type, file.name, is_shown=is_shown)


@answers_refusals
@require_safe
def thumbnail(request: HttpRequest, file_id: uuid.UUID) -> HttpResponseBase:
    file = _readable(request, file_id)
    return file_response(request, file.thumbnail, "image/webp", file.name, is_shown=True)


def _readable(request: HttpRequest, file_id: uuid.UUID) -> File:
    """Raises FileRefused. That another user looks is on the record."""
    user = user_of(request)
    file = access.require(user, file_id, reads_conversations=may_read_conversations(user))
    if file.owner_id != user.pk:
        access.note(user, file)
    return file
