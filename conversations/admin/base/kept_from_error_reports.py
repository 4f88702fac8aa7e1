"""Views that take secrets: what was posted stays out of reports of exceptions."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.debug import SafeExceptionReporterFilter
from django.views.decorators.debug import sensitive_post_parameters


class _AlwaysSafe(SafeExceptionReporterFilter):
    """Hides what was posted in development, too."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True


def unreported(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view of which nothing that was posted appears in a report of an exception."""

    @wraps(view)
    def hiding(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.exception_reporter_filter = _AlwaysSafe()
        return sensitive_post_parameters()(lambda request: view(self, request, *args, **kwargs))(request)

    return hiding
