"""Errors as OpenAI's API has them: {"error": {"message", "type", "param", "code"}}, with their statuses and headers."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from django.http import JsonResponse
from django.utils import timezone

from conversations.commands.refusals import Refused
from conversations.usage.exceeded import Exceeded

LONGEST_WAIT_SECONDS = 120
"""OpenAI's clients wait for no longer before they ask again."""
RESTART_SECONDS = 2
_TYPES: dict[int, str] = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_MESSAGES = {
    400: "The request can’t be understood.",
    404: "There is nothing at this address.",
    405: "This address doesn’t take requests of this method.",
    413: "The request is too large.",
    500: "The server failed to answer. Its log says why.",
    503: "The server can’t answer just now. Try again in a moment.",
}
_STATUSES = {
    "not_found": 404,
    "too_large": 413,
    "limit": 429,
    "too_many": 429,
    "busy": 409,
    "forbidden": 403,
    "draining": 503,
    "scanner": 503,
}
"""Of refused commands; all others are 400."""


class ApiError(Exception):
    """What a request is refused with. `retry_after`: seconds after which it may be sent again; None where that won't help."""

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = "",
        retry_after: float | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.param = status, message or _MESSAGES[status], code, param
        self.kind = kind or _TYPES.get(status) or ("server_error" if status >= 500 else "invalid_request_error")
        self.retry_after, self.headers = retry_after, headers or {}

    @property
    def body(self) -> dict[str, dict[str, str | None]]:
        return {"error": {"message": self.message, "type": self.kind, "param": self.param, "code": self.code}}

    @property
    def response(self) -> JsonResponse:
        headers = dict(self.headers)
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, ceil(self.retry_after)))
        if self.status == 429 and (self.retry_after is None or self.retry_after > LONGEST_WAIT_SECONDS):
            headers["X-Should-Retry"] = "false"
        return JsonResponse(self.body, status=self.status, headers={"Cache-Control": "no-store", **headers})


def of(error: Refused | Exceeded) -> ApiError:
    """What a command is refused with, or a limit that it exceeds, as an error of the API."""
    status = _STATUSES.get(error.code, 400)
    if status == 429:
        return _limited(error.detail, error.resets)
    return ApiError(status, error.detail, code=error.code, retry_after=RESTART_SECONDS if status == 503 else None)


def unavailable() -> ApiError:
    """The database can't be reached."""
    return ApiError(503, retry_after=RESTART_SECONDS)


def not_found(message: str = "") -> ApiError:
    """The same for what does not exist and for what belongs to another user."""
    return ApiError(404, message, code="not_found")


def _limited(message: str, resets: datetime | None) -> ApiError:
    """A rate says when there is room again, or that something has to end first; a budget has none until the month is over."""
    seconds = 1.0 if resets is None else (resets - timezone.now()).total_seconds()
    if seconds > LONGEST_WAIT_SECONDS:
        return ApiError(429, message, code="insufficient_quota", kind="insufficient_quota", retry_after=seconds)
    return ApiError(429, message, code="rate_limit_exceeded", retry_after=seconds)
