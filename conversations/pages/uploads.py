"""Uploads that go on where they broke off: tus 1.0.0 with creation and termination (https://tus.io/protocols/resumable-upload)."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from conversations.files import uploads
from conversations.files.quota import MIB
from conversations.files.refusal import FileRefused
from conversations.generation.file_transcripts import transcribe_file
from conversations.routing import sight

from .file_requests import answers_refusals, described
from .json_requests import user_of

VERSION = "1.0.0"
PIECE_TYPE = "application/offset+octet-stream"
View = Callable[..., HttpResponseBase]


def _tus(view: View) -> View:
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != VERSION:
            response: HttpResponseBase = HttpResponse(status=412, headers={"Tus-Version": VERSION})
        else:
            response = never_cache(answers_refusals(view))(request, *args, **kwargs)
        response["Tus-Resumable"] = VERSION
        return response

    return checked


@require_http_methods(["OPTIONS", "POST"])
@_tus
def collection(request: HttpRequest) -> HttpResponseBase:
    """POST begins an upload, whose address it answers; OPTIONS says what is understood."""
    if request.method == "OPTIONS":
        told = {"Tus-Version": VERSION, "Tus-Extension": "creation,termination", "Tus-Max-Size": str(settings.FILE_MAX_MB * MIB)}
        return HttpResponse(status=204, headers=told)
    upload = uploads.begin(user_of(request), _number(request, "Upload-Length"), _file_name(request.headers.get("Upload-Metadata", "")))
    return HttpResponse(status=201, headers={"Location": reverse("upload", args=[upload.pk])})


@require_http_methods(["HEAD", "PATCH", "DELETE"])
@_tus
def one(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponseBase:
    """HEAD says how far it is, PATCH goes on, DELETE takes it back. The last piece is answered with the file, as JSON."""
    upload = uploads.of(user_of(request), upload_id)
    if request.method == "DELETE":
        uploads.take_back(upload)
        return HttpResponse(status=204)
    if request.method == "PATCH":
        if request.content_type != PIECE_TYPE:
            raise FileRefused("invalid", f"A piece has the type {PIECE_TYPE}.", 415)
        uploads.append(upload, _number(request, "Upload-Offset"), request.body)
    told = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.size)}
    if request.method == "PATCH" and upload.offset == upload.size:
        return JsonResponse(described(uploads.complete(upload, transcribe_file, reads_images=sight.some_are_blind())), headers=told)
    return HttpResponse(status=204 if request.method == "PATCH" else 200, headers=told)


def _number(request: HttpRequest, header: str) -> int:
    given = request.headers.get(header, "")
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise FileRefused("invalid", f"{header} must be a whole number.", 400)
    return int(given)


def _file_name(metadata: str) -> str:
    """The value of `filename` in pairs such as “filename bmFtZQ==,filetype dGV4dA==”."""
    for pair in metadata.split(","):
        key, _, value = pair.strip().partition(" ")
        if key == "filename":
            try:
                return base64.b64decode(value, validate=True).decode("utf-8", "replace")
            except (binascii.Error, ValueError):
                raise FileRefused("invalid", "Upload-Metadata must be in Base64.", 400) from None
    return ""
