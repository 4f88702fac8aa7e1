"""How large a request's body may be by its address, and how much of large ones a process holds at the same time, and for whom.

They are files on the disk while they come, and in memory for a moment when they are read.
"""

from __future__ import annotations

import uuid
from collections import Counter
from typing import Any

import orjson
from django.conf import settings

from conversations.api import bodies, cross_origin
from conversations.api.errors import ApiError
from conversations.api.middleware import PREFIXES, SENTENCES, WIDGETS

AT_ONCE = 8
"""So many of the largest ones. All others that come meanwhile are asked to come again in a moment."""
AT_ONCE_FOR_ONE = AT_ONCE // 2
"""So many of one user, whose programs leave room for those of others."""
AGAIN_SECONDS = 2
_REASONS = {401: b"Unauthorized", 413: b"Content Too Large", 429: b"Too Many Requests", 503: b"Service Unavailable"}


class LargeRequests:
    """Counts the bytes of those that are larger than a page's, from when they come until they are answered."""

    def __init__(self) -> None:
        self._held: Counter[uuid.UUID] = Counter()
        """By the user that they are for."""

    def take(self, user_id: uuid.UUID, count: int) -> ApiError | None:
        """Hold so many bytes more; or else why there is no room for them now."""
        if self._held[user_id] + count > AT_ONCE_FOR_ONE * bodies.largest():
            said = "Too many large requests are being answered for you just now. Send it again in a moment."
            return ApiError(429, said, code="too_many", retry_after=AGAIN_SECONDS)
        if self._held.total() + count > AT_ONCE * bodies.largest():
            said = "Too many large requests are being answered just now. Send it again in a moment."
            return ApiError(503, said, code="too_many", retry_after=AGAIN_SECONDS)
        self._held[user_id] += count
        return None

    def give_back(self, user_id: uuid.UUID, count: int) -> None:
        self._held[user_id] -= count
        if self._held[user_id] <= 0:
            del self._held[user_id]


def largest(uri: bytes) -> int:
    """Bytes that the body of a request to this address may have."""
    return bodies.largest() if _of_programs(uri) in bodies.LARGE else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def too_large(uri: bytes, origin: str | None = None) -> bytes:
    """The response that says so; to programs with an error as OpenAI's API has it."""
    if (path := _of_programs(uri)) is None:
        return b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    return _response(bodies.too_large(largest(uri)), path, origin)


def refused(uri: bytes, error: ApiError, origin: str | None = None) -> bytes:
    """The response to a request for whose body there is no room. `origin`: of the page that sends it."""
    return _response(error, _of_programs(uri) or "", origin)


def _of_programs(uri: bytes) -> str | None:
    """The address below the site's own, where it is one for programs; else None."""
    path = uri.partition(b"?")[0].decode("latin-1").removeprefix(settings.SITE_PATH)
    return path if f"/{path}".startswith((*PREFIXES, WIDGETS)) else None


def _response(error: ApiError, path: str, origin: str | None) -> bytes:
    is_sentence = f"/{path}".startswith(SENTENCES)
    content = error.message.encode() if is_sentence else orjson.dumps(error.body)
    kind = "text/plain; charset=utf-8" if is_sentence else "application/json"
    headers: dict[str, Any] = {**error.headers, "Content-Type": kind, "Content-Length": len(content), "Connection": "close"}
    if f"/{path}".startswith(WIDGETS):  # which sites may use the widget isn't looked up; nothing of it is said
        headers["Access-Control-Allow-Origin"] = "*"
    else:
        headers |= {"Vary": "Origin", **cross_origin.readable_by(origin)}
    if error.retry_after is not None:
        headers["Retry-After"] = round(error.retry_after)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return b"HTTP/1.1 %d %b\r\n%b\r\n%b" % (error.status, _REASONS[error.status], head.encode(), content)
