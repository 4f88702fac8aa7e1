"""What all addresses of widgets have in common: the widget and the visitor's credentials are known, and the page is one that may ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from conversations.api import errors
from conversations.api.errors import ApiError
from conversations.commands.refusals import Refused
from conversations.models import Widget
from conversations.processes import supervisor
from conversations.usage.exceeded import Exceeded

from . import known, origins

View = Callable[..., Awaitable[HttpResponseBase]]
"""A coroutine that takes the request, the widget, and what the address names. Raises ApiError, Refused and Exceeded."""


def endpoint(**views: View) -> Any:
    """The view of an address, from one for each method. No cookie counts here, so there is nothing that a CSRF token would protect."""
    methods = ", ".join([*sorted(views), "OPTIONS"])

    async def asked(request: HttpRequest, key: str, **named: str) -> HttpResponseBase:
        widget: Widget | None = None
        try:
            widget = await supervisor.current().database.do(partial(known.answering, key))
            origins.require(request, widget)
            if request.method == "OPTIONS":
                response: HttpResponseBase = origins.preflight(request, methods)
            elif (view := views.get(request.method or "")) is not None:
                response = await view(request, widget, **named)
            else:
                raise ApiError(405, code="method_not_allowed", headers={"Allow": methods})
        except (Refused, Exceeded) as error:
            response = errors.of(error).response
        except ApiError as error:
            response = error.response
        except (OperationalError, InterfaceError):
            response = errors.unavailable().response
        response.headers.setdefault("Cache-Control", "no-store")
        return origins.readable(request, widget, response)

    return csrf_exempt(asked)
