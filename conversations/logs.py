"""Log lines as JSON, and the ids by which the lines of one request, reply or job are found. Content and keys are in no log."""

from __future__ import annotations

import logging
import re
import traceback
import uuid
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the HTTP request or the socket's command that is being handled."""
reply_id: ContextVar[str] = ContextVar("reply_id", default="")
job_id: ContextVar[str] = ContextVar("job_id", default="")

HEADER = "X-Request-ID"
MAX_CLIENT_ERROR_CHARACTERS = 300
_VALID_ID = re.compile(r"[\w.:-]{1,80}")


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        ids = {"request": request_id.get(), "reply": reply_id.get(), "job": job_id.get()}
        line |= {name: value for name, value in ids.items() if value}
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
            line["trace"] = "".join(traceback.format_tb(record.exc_info[2]))  # not the exception's message, which may quote content
        return orjson.dumps(line, default=str).decode()


class ClientErrorsInOneLine(logging.Filter):
    """Shortens what Django says of requests that it distrusts, with a trace each: any client could fill the log with them."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security."):
            record.msg, record.args = record.getMessage()[:MAX_CLIENT_ERROR_CHARACTERS], ()
            record.exc_info = record.exc_text = None
        return True


class RequestIdMiddleware:
    """Gives each request an id, or keeps the one from a trusted proxy, and sends it with the response."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._is_async:
            return self._call_async(request)
        token = request_id.set(_id_of(request))
        try:
            return self._with_id(self._get_response(request))
        finally:
            request_id.reset(token)

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        token = request_id.set(_id_of(request))
        try:
            return self._with_id(await self._get_response(request))
        finally:
            request_id.reset(token)

    def _with_id(self, response: HttpResponseBase) -> HttpResponseBase:
        response[HEADER] = request_id.get()
        return response


def _id_of(request: HttpRequest) -> str:
    given = request.headers.get(HEADER, "") if settings.TRUSTED_PROXIES > 0 else ""
    return given if _VALID_ID.fullmatch(given) else uuid.uuid4().hex
