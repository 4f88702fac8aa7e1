"""Conversations as files to keep."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from functools import partial

from channels.db import database_sync_to_async
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from conversations.commands.refusals import Refused
from conversations.exports import json_document, markdown
from conversations.exports.file_names import file_name
from conversations.exports.zip_file import zip_file
from conversations.models import Conversation, User

from .json_requests import own, signed_in, user_of, uuid_from

FORMATS = {"markdown": ("md", "text/markdown; charset=utf-8"), "json": ("json", "application/json")}
MAX_TOGETHER = 5_000
"""Conversations in one zip file. They cost no memory; this bounds how long one request may take."""
CONVERSATIONS_AT_ONCE = 100


@signed_in
@require_GET
def export(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponseBase:
    """The conversation in the `format` asked for: Markdown of the branch that is shown, or JSON of all branches."""
    conversation = own(user_of(request), conversation_id)
    wanted = request.GET.get("format", "")
    if wanted not in FORMATS:
        raise Http404
    extension, content_type = FORMATS[wanted]
    return _download(_document(wanted, conversation), file_name(conversation, extension), content_type)


@signed_in
@require_POST
def export_several(request: HttpRequest) -> HttpResponseBase:
    """A zip file of the user's own among the `conversations` (ids with commas between), each in the `format` asked for.

    It answers a form, for a browser saves that as it comes. What was deleted meanwhile is left out.
    """
    ids = [uuid_from(value) for value in request.POST.get("conversations", "").split(",")]
    if len(ids) > MAX_TOGETHER:
        raise Refused("invalid", f"Choose at most {MAX_TOGETHER:,} conversations at once.")
    wanted = request.POST.get("format", "")
    user = user_of(request)
    if wanted not in FORMATS or not Conversation.objects.of(user).filter(pk__in=ids).exists():
        raise Http404
    pieces = zip_file(_own_among(user, ids), FORMATS[wanted][0], partial(_document, wanted))
    return _download(pieces, f"{timezone.localdate()} Conversations.zip", "application/zip")


def _own_among(user: User, ids: list[uuid.UUID]) -> Iterator[Conversation]:
    for start in range(0, len(ids), CONVERSATIONS_AT_ONCE):
        some = ids[start : start + CONVERSATIONS_AT_ONCE]
        found = Conversation.objects.of(user).select_related("prompt").in_bulk(some)
        yield from (found[key] for key in dict.fromkeys(some) if key in found)


def _download(pieces: Iterator[bytes], name: str, content_type: str) -> HttpResponseBase:
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return StreamingHttpResponse(_streamed(pieces), content_type=content_type, headers=headers)


def _document(wanted: str, conversation: Conversation) -> Iterator[bytes]:
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
