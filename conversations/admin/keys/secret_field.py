"""A form field for a secret: what is typed into it goes into the database, sealed, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.views.debug import SafeExceptionReporterFilter
from django.views.decorators.debug import sensitive_post_parameters

LONGEST = 1000


class SecretField(forms.CharField):
    """Never filled in, and its errors don't repeat what was typed."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off", "class": "vTextField"}
        super().__init__(widget=forms.PasswordInput(attributes, render_value=False), max_length=LONGEST, **kwargs)

    def validate(self, value: str) -> None:
        super().validate(value)
        if not all("!" <= character <= "~" for character in value):
            raise ValidationError("A key has no spaces, line breaks or special characters. Copy it again, without what stands around it.")


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
