"""Forms with files, as multipart/form-data: their files are on the disk, and never whole in memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from conversations import storage_threads
from conversations.api import bodies
from conversations.api.errors import ApiError
from conversations.providers.passed import File

MOST_FILES = 32
LONGEST_NAME = 200
LONGEST_TYPE = 100
_FLAGS = ("stream",)
_NUMBERS = ("n", "partial_images", "output_compression")


class Form(NamedTuple):
    """`fields` as JSON would have them: lists where a name ends in [], which it then has lost."""

    fields: dict[str, Any]
    files: tuple[File, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    def file(self, name: str) -> File | None:
        return next((file for file in self.files if file.field == name), None)


async def read(request: HttpRequest) -> Form:
    """Raises ApiError where it is no form, is too large, or breaks off. Its files are closed with the request."""
    if request.content_type != "multipart/form-data":
        raise ApiError(400, "The body must be a form: multipart/form-data.", code="invalid_form")
    if int(request.META.get("CONTENT_LENGTH") or 0) > bodies.largest():
        raise bodies.too_large(bodies.largest())
    return await storage_threads.run(_read, request)


def require_known(form: Form, *names: str) -> None:
    """Raises ApiError where the form has files in other fields than these."""
    if unknown := next((file.field for file in form.files if file.field not in names), None):
        raise ApiError(400, f"Unknown parameter: “{unknown[:100]}”.", param=unknown[:100], code="unknown_parameter")


def _read(request: HttpRequest) -> Form:
    request.upload_handlers = [TemporaryFileUploadHandler(request)]
    try:
        given, uploads = request.POST, request.FILES
    except RequestDataTooBig:
        raise ApiError(413, "The fields of the form are too large.", code="too_large") from None
    except UnreadablePostError:
        raise ApiError(400, "The request broke off.") from None
    except (MultiPartParserError, SuspiciousOperation, UnicodeError):
        raise ApiError(400, "The form can’t be read.", code="invalid_form") from None
    files = tuple(_file(name, upload) for name, several in uploads.lists() for upload in several)
    if len(files) > MOST_FILES:
        raise ApiError(400, f"A form has at most {MOST_FILES} files.", code="invalid_form")
    return Form(_fields(given.lists()), files)


def _fields(lists: Iterable[tuple[str, list[str]]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, values in lists:
        if name.endswith("[]"):
            found[name.removesuffix("[]")] = values
        elif name in _FLAGS and values[-1].lower() in ("true", "false"):
            found[name] = values[-1].lower() == "true"
        elif name in _NUMBERS and values[-1].isascii() and values[-1].isdecimal():
            found[name] = int(values[-1])
        else:
            found[name] = values[-1]
    return found


def _file(field: str, upload: UploadedFile) -> File:
    kind = (upload.content_type or "")[:LONGEST_TYPE]
    is_clean = kind.isascii() and kind.isprintable() and "/" in kind
    content: Any = upload.file
    return File(field, (upload.name or "file")[-LONGEST_NAME:], kind if is_clean else "application/octet-stream", content, upload.size or 0)
