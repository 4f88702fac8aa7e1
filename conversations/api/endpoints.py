"""What all addresses of the API have in common: who asks is known, methods are checked, and every refusal has OpenAI's shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from conversations.commands.refusals import Refused
from conversations.usage.exceeded import Exceeded

from . import errors
from .authentication import caller, caller_now
from .errors import ApiError

View = Callable[..., Any]
"""Takes the request, its Caller, and what the address names. Raises ApiError, Refused and Exceeded."""


def endpoint(**views: View) -> View:
    """The view of an address, from one for each method, such as GET=listed. They may be coroutines.

    No cookie counts here, so no form of another site can use one: there is nothing that a CSRF token would protect.
    """
    if any(iscoroutinefunction(view) for view in views.values()):

        async def asked_now(request: HttpRequest, **named: Any) -> HttpResponseBase:
            try:
                view = _chosen(views, request)
                who = await caller_now(request)
                if iscoroutinefunction(view):
                    return await view(request, who, **named)
                return await sync_to_async(view)(request, who, **named)
            except EXPECTED as error:
                return _answer(error)

        return csrf_exempt(asked_now)

    def asked(request: HttpRequest, **named: Any) -> HttpResponseBase:
        try:
            return _chosen(views, request)(request, caller(request), **named)
        except EXPECTED as error:
            return _answer(error)

    return csrf_exempt(asked)


EXPECTED = (ApiError, Refused, Exceeded, OperationalError, InterfaceError)


def _chosen(views: dict[str, View], request: HttpRequest) -> View:
    view = views.get("GET" if request.method == "HEAD" else request.method or "")
    if view is None:
        allowed = ", ".join(sorted(views))
        raise ApiError(405, f"This address takes {allowed} only.", code="method_not_allowed", headers={"Allow": allowed})
    return view


def _answer(error: Exception) -> HttpResponseBase:
    if isinstance(error, Refused | Exceeded):
        return errors.of(error).response
    return (error if isinstance(error, ApiError) else errors.unavailable()).response
