"""What a request's body holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeVar

import orjson
from django.conf import settings
from django.http import HttpRequest

from conversations import storage_threads

from .errors import ApiError

AROUND = 16
"""Levels of what bodies are put into: requests to providers, events, rows. What orjson writes has at most 254 in all."""
MEGABYTE = 1024 * 1024
LARGE = frozenset(
    {
        "api/chat",
        "v1/audio/transcriptions",
        "v1/audio/translations",
        "v1/chat/completions",
        "v1/embeddings",
        "v1/images/edits",
        "v1/images/generations",
        "v1/responses",
    }
)
"""Addresses whose requests may bring files, and so be larger than others."""
QUICKLY_READ_BYTES = 128 * 1024
"""Larger ones are read in a thread: the event loop goes on meanwhile."""

T = TypeVar("T")


class Large(NamedTuple):
    body: dict[str, Any]
    size: int
    """In bytes, as it came."""

    async def read(self, by: Callable[[dict[str, Any]], T]) -> T:
        """What this makes of the body."""
        return await _apart(self.size, partial(by, self.body))


def largest() -> int:
    """Bytes that the body of a LARGE address may have."""
    return int(settings.API_MAX_BODY_MB) * MEGABYTE


def too_large(most: int) -> ApiError:
    return ApiError(413, f"The request is too large: its body may have {most // MEGABYTE:,} MiB.", code="too_large")


def json_object(request: HttpRequest) -> dict[str, Any]:
    """Raises ApiError where the body is too large, breaks off, or is no JSON object, or one that is too deep to be written again."""
    return _object(_content(request, settings.DATA_UPLOAD_MAX_MEMORY_SIZE))


async def large_json_object(request: HttpRequest) -> Large:
    """The same for an address that takes large ones."""
    content = await _apart(int(request.META.get("CONTENT_LENGTH") or largest()), partial(_content, request, largest()))
    return Large(await _apart(len(content), partial(_object, content)), len(content))


async def _apart(size: int, work: Callable[[], T]) -> T:
    return work() if size <= QUICKLY_READ_BYTES else await storage_threads.run(work)


def _content(request: HttpRequest, most: int) -> bytes:
    try:
        content = request.read(most + 1)
    except OSError:
        raise ApiError(400, "The request broke off.") from None
    if len(content) > most:
        raise too_large(most)
    return content


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ApiError(400, f"The body is not valid JSON: {error}.", code="invalid_json") from None
    if not isinstance(body, dict):
        raise ApiError(400, "The body must be a JSON object.", code="invalid_json")
    _require_writable(body)
    return body


def _require_writable(body: dict[str, Any]) -> None:
    around: Any = body
    for _ in range(AROUND):
        around = [around]
    try:
        orjson.dumps(around)
    except orjson.JSONEncodeError:
        raise ApiError(400, "The body is nested too deeply.", code="invalid_json") from None
