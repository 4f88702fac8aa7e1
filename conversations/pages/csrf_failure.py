"""The page where a form came without a valid token, mostly because the session ended: it shows the texts that were sent, to be copied."""

from __future__ import annotations

from typing import NamedTuple

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters

FEWEST_WORDS = 3
"""Of a text that would be missed. Passwords, keys and tokens have fewer, and are not shown again."""
NOT_SHOWN = ("password", "secret", "headers", "token", "opened")


class Sent(NamedTuple):
    name: str
    text: str

    @property
    def rows(self) -> int:
        """For a field that shows it."""
        return max(2, min(16, self.text.count("\n") + len(self.text) // 80 + 1))


@sensitive_post_parameters()
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """For CSRF_FAILURE_VIEW. Nothing is sent again from here: another site's page may have sent it."""
    match = request.resolver_match
    is_admins = match is not None and match.app_name == "admin"  # whose forms offer again what was typed
    response = render(request, "403_csrf.html", {"sent": _texts(request), "form_page": request.path if is_admins else ""}, status=403)
    response["Cache-Control"] = "no-store"
    return response


def _texts(request: HttpRequest) -> list[Sent]:
    try:
        entries = list(request.POST.items())
    except (SuspiciousOperation, OSError):  # too much, or broken off
        return []
    shown = ((name, str(value)) for name, value in entries if not any(word in name.lower() for word in NOT_SHOWN))
    return [Sent(name.rsplit("-", 1)[-1].replace("_", " ").capitalize(), text) for name, text in shown if len(text.split()) >= FEWEST_WORDS]
