"""A stored file as a response, in pieces as they are read, whole or a range of it (RFC 9110, section 14)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from django.core.files import File as Opened
from django.db.models.fields.files import FieldFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import content_disposition_header

from conversations import storage_threads
from conversations.files.refusal import gone

PIECE_BYTES = 128 * 1024
KEPT_SECONDS = 365 * 24 * 3600
"""By the browser: an address's content never changes."""
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Cookie",  # what the browser keeps is for this session alone
}


def file_response(request: HttpRequest, stored: FieldFile, content_type: str, name: str, *, is_shown: bool) -> HttpResponseBase:
    """Raises FileRefused where nothing is stored."""
    try:
        size, opened = stored.size, stored.storage.open(stored.name or "")
    except (OSError, ValueError):
        raise gone() from None
    request.META.pop("HTTP_ACCEPT_ENCODING", None)  # a part of something compressed would be other bytes
    etag = f'"{stored.name}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    part = _asked_part(request, etag, size)
    if response is None and part is None:
        response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    if response is None and part is not None:
        response = StreamingHttpResponse(_pieces(opened, part), content_type=content_type or "application/octet-stream")
        response["Content-Length"] = len(part)
        response["Content-Disposition"] = content_disposition_header(not is_shown, name) or "inline"
        if len(part) < size:
            response.status_code = 206
            response["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    else:
        opened.close()
    assert response is not None
    for header, value in {**HEADERS, "Accept-Ranges": "bytes", "ETag": etag}.items():
        response[header] = value
    patch_cache_control(response, private=True, max_age=KEPT_SECONDS, immutable=True)
    return response


def _asked_part(request: HttpRequest, etag: str, size: int) -> range | None:
    """The bytes that are asked for: all of them, unless one range is. None where there are none such."""
    asked = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", "").replace(" ", ""))
    if asked is None or asked[0] == "bytes=-" or request.headers.get("If-Range", etag) != etag:
        return range(size)
    first, last = asked.groups()
    if not first:
        part = range(max(0, size - int(last)), size)
    else:
        part = range(int(first), min(size, int(last) + 1) if last else size)
    return part or None


async def _pieces(opened: Opened, part: range) -> AsyncIterator[bytes]:
    try:
        await storage_threads.run(opened.seek, part.start)
        left = len(part)
        while left and (piece := await storage_threads.run(opened.read, min(PIECE_BYTES, left))):
            left -= len(piece)
            yield piece
    finally:
        await storage_threads.run(opened.close)  # of a bucket, it may ask the network
