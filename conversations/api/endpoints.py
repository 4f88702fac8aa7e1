"""What all addresses of the API have in common: who asks is known, methods are checked, and every refusal has OpenAI's shape."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from conversations.commands.refusals import Refused
from conversations.processes import supervisor
from conversations.usage.exceeded import Exceeded
from conversations.usage.limits import in_force

from . import errors, rate_headers
from .authentication import Caller, caller, caller_now
from .errors import ApiError

View = Callable[..., Any]
"""Takes the request, its Caller, and what the address names. Raises ApiError, Refused and Exceeded."""

EXPECTED = (ApiError, Refused, Exceeded, OperationalError, InterfaceError)


def endpoint(*, asks_models: bool = False, **views: View) -> View:
    """The view of an address, from one for each method, such as GET=listed. They may be coroutines.

    With `asks_models`, responses say how much the caller may still ask. No cookie counts here, so no form of another site can use one:
    there is nothing that a CSRF token would protect.
    """

    def told(response: HttpResponseBase, who: Caller) -> HttpResponseBase:
        for name, value in rate_headers.of(who).items():
            response[name] = value
        return response

    def is_to_be_told(response: HttpResponseBase) -> bool:
        return asks_models and response.status_code in (200, 429) and not in_force.are_none()

    async def asked_now(request: HttpRequest, **named: Any) -> HttpResponseBase:
        who = None
        try:
            view = _chosen(views, request)
            who = await caller_now(request)
            run = view if iscoroutinefunction(view) else sync_to_async(view)
            response = await run(request, who, **named)
        except EXPECTED as error:
            response = _answer(error)
        if who is None or not is_to_be_told(response):
            return response
        try:
            return await supervisor.current().database.do(partial(told, response, who))
        except (OperationalError, InterfaceError):  # an answer that is there is worth more than these headers
            return response

    def asked(request: HttpRequest, **named: Any) -> HttpResponseBase:
        who = None
        try:
            view = _chosen(views, request)
            who = caller(request)
            response = view(request, who, **named)
        except EXPECTED as error:
            response = _answer(error)
        return told(response, who) if who is not None and is_to_be_told(response) else response

    made: Any = csrf_exempt(asked_now if any(iscoroutinefunction(view) for view in views.values()) else asked)
    made.methods = frozenset(views)  # what the description of the API is compared with
    return made


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
