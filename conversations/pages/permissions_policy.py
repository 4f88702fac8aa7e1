"""What pages may ask the browser for: nothing, but the chat page for the microphone (https://www.w3.org/TR/permissions-policy/)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

HEADER = "Permissions-Policy"
NOTHING = "camera=(), geolocation=(), microphone=()"
MICROPHONE = "camera=(), geolocation=(), microphone=(self)"


class PermissionsPolicyMiddleware(MiddlewareMixin):
    """Where the view hasn't said more."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault(HEADER, NOTHING)
        return response


def allow_microphone(response: HttpResponse) -> None:
    """For this page."""
    response.headers[HEADER] = MICROPHONE
