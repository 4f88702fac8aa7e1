"""Conversations as files to keep, with what was attached to them, and all that is stored of a user."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import suppress
from typing import cast

from channels.db import database_sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from conversations import storage_threads
from conversations.commands.refusals import Refused
from conversations.exports import contents
from conversations.exports.contents import Step
from conversations.exports.file_names import file_name
from conversations.models import Conversation, User

from .json_requests import own, signed_in, user_of, uuid_from

TYPES = {"markdown": "text/markdown; charset=utf-8", "json": "application/json"}
WITH_FILES = "files"
ZIP = "application/zip"
MAX_TOGETHER = 5_000
"""Conversations in one zip file. They cost no memory; this bounds how long one request may take."""


@signed_in
@require_GET
def export(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponseBase:
    """The conversation in the `format` asked for: Markdown of the branch that is shown, JSON of all branches, or both in a zip file with
    the files that are attached.
    """
    conversation = own(user_of(request), conversation_id)
    wanted = request.GET.get("format", "")
    if wanted == WITH_FILES:
        return _download(request, contents.with_files([conversation]), file_name(conversation, "zip"), ZIP)
    if wanted not in TYPES:
        raise Http404
    name = file_name(conversation, contents.EXTENSIONS[wanted])
    return _download(request, contents.document(wanted, conversation), name, TYPES[wanted])


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
    if wanted not in (*TYPES, WITH_FILES) or not Conversation.objects.of(user).filter(pk__in=ids).exists():
        raise Http404
    those = _own_among(user, ids)
    steps = contents.with_files(those) if wanted == WITH_FILES else contents.documents(wanted, those)
    return _download(request, steps, f"{timezone.localdate()} Conversations.zip", ZIP)


@never_cache
@login_required
@require_POST
def export_all(request: HttpRequest) -> HttpResponseBase:
    """A zip file of all of the user's conversations and files, and what else is stored of the account."""
    user = user_of(request)
    steps = contents.with_files(contents.all_of(user), user)
    return _download(request, steps, f"{timezone.localdate()} All conversations and files.zip", ZIP)


def _own_among(user: User, ids: list[uuid.UUID]) -> Iterator[Conversation]:
    for start in range(0, len(ids), contents.CONVERSATIONS_AT_ONCE):
        some = ids[start : start + contents.CONVERSATIONS_AT_ONCE]
        found = Conversation.objects.of(user).select_related("prompt").in_bulk(some)
        yield from (found[key] for key in dict.fromkeys(some) if key in found)


def _download(request: HttpRequest, steps: Iterator[Step], name: str, content_type: str) -> HttpResponseBase:
    if content_type == ZIP:
        request.META.pop("HTTP_ACCEPT_ENCODING", None)  # compressed twice it is no smaller
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return StreamingHttpResponse(_streamed(steps), content_type=content_type, headers=headers)


async def _streamed(steps: Iterator[Step]) -> AsyncIterator[bytes]:
    while (step := await database_sync_to_async(next)(steps, None)) is not None:
        take = _from_storage if step.reads_storage else database_sync_to_async(_joined)
        try:
            while (piece := await take(step.pieces)) is not None:
                yield piece
        finally:
            if step.reads_storage:
                await storage_threads.run(_close, step.pieces)


def _close(pieces: Iterator[bytes]) -> None:
    """What it has opened in a bucket may ask the network as it is closed."""
    with suppress(ValueError):  # it still reads, for a client that went, and is closed once it has
        cast("Generator[bytes]", pieces).close()


async def _from_storage(pieces: Iterator[bytes]) -> bytes | None:
    return await storage_threads.run(_joined, pieces)


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
