"""A conversation as a file to keep."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator

from channels.db import database_sync_to_async
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from conversations.exports import json_document, markdown
from conversations.exports.file_names import file_name
from conversations.models import Conversation

from .json_requests import own, signed_in, user_of

FORMATS = {"markdown": ("md", "text/markdown; charset=utf-8"), "json": ("json", "application/json")}


@signed_in
@require_GET
def export(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponseBase:
    """The conversation in the `format` asked for: Markdown of the branch that is shown, or JSON of all branches."""
    conversation = own(user_of(request), conversation_id)
    wanted = request.GET.get("format", "")
    if wanted not in FORMATS:
        raise Http404
    extension, content_type = FORMATS[wanted]
    disposition = content_disposition_header(True, file_name(conversation, extension))
    return StreamingHttpResponse(
        _streamed(_document(conversation, wanted)), content_type=content_type, headers={"Content-Disposition": disposition or "attachment"}
    )


def _document(conversation: Conversation, wanted: str) -> Iterator[bytes]:
    if wanted == "json":
        return json_document.document(conversation)
    return (text.encode() for text in markdown.document(conversation))


async def _streamed(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (piece := await database_sync_to_async(_joined)(pieces)) is not None:
        yield piece


def _joined(pieces: Iterator[bytes], least: int = 64 * 1024) -> bytes | None:
    """Some of them together, at least so many bytes; None when all were taken."""
    taken: list[bytes] = []
    size = 0
    for piece in pieces:
        taken.append(piece)
        size += len(piece)
        if size >= least:
            break
    return b"".join(taken) if taken else None
