"""Requests below /v1/ and /api/: without cookies, with CORS, and with JSON or a sentence for every error, Django's own ones too.

With TRACING, a program's `traceparent` is read here, so that what it asks for goes on with its own trace.
Those of widgets, which come from other sites, are without cookies, too. Which sites may read their answers is each widget's own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.security import SecurityMiddleware
from django.urls import resolve

from conversations.usage.ledger import trace_ids

from . import cross_origin
from .errors import ApiError

SENTENCES = "/api/"
"""Below this address errors are sentences: the AI SDK shows its user what the body of a refusal says."""
PREFIXES = ("/v1/", SENTENCES)
WIDGETS = "/widget/"
_LEFT_OUT = ("HTTP_COOKIE", "HTTP_ACCEPT_ENCODING")
"""A browser's session must not answer for a program; and each event of a stream would be compressed by itself."""


class ApiMiddleware:
    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
            self._answered: Any = convert_exception_to_response(self._asked)
            self._security = SecurityMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if request.path_info.startswith(WIDGETS):
            request.META.pop("HTTP_COOKIE", None)
            return self._answered(request) if self._is_async else self._get_response(request)
        if not request.path_info.startswith(PREFIXES):
            return self._get_response(request)
        for name in _LEFT_OUT:
            request.META.pop(name, None)
        if self._is_async:
            return self._call_async(request)
        with trace_ids.within(request.headers.get("traceparent", "")):
            return cross_origin.allowed(request, cross_origin.preflight(request) or _told(request, self._get_response(request)))

    async def _call_async(self, request: HttpRequest) -> HttpResponseBase:
        with trace_ids.within(request.headers.get("traceparent", "")):
            return cross_origin.allowed(request, cross_origin.preflight(request) or _told(request, await self._answered(request)))

    async def _asked(self, request: HttpRequest) -> HttpResponseBase:
        """What is asked, past all middleware that is about cookies and pages: Django's goes to another thread twice for each.

        What it does for all requests alike, checking the host and protecting by headers, needs no thread.
        """
        request.get_host()  # raises DisallowedHost
        if (redirected := self._security.process_request(request)) is not None:
            return redirected
        match = request.resolver_match = resolve(request.path_info)
        view = match.func if iscoroutinefunction(match.func) else sync_to_async(match.func)
        return self._security.process_response(request, await view(request, *match.args, **match.kwargs))


def _told(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code < 400:
        return response
    refused = _in_json(response)
    if request.path_info.startswith(SENTENCES) and isinstance(refused, HttpResponse):
        refused.content = orjson.loads(refused.content)["error"]["message"]
        refused["Content-Type"] = "text/plain; charset=utf-8"
    return refused


def _in_json(response: HttpResponseBase) -> HttpResponseBase:
    if response.headers.get("Content-Type", "").startswith("application/json"):
        return response
    status = response.status_code if response.status_code in (400, 404, 405, 413, 503) else 400 if response.status_code < 500 else 500
    return ApiError(status, code={404: "unknown_url"}.get(status)).response
