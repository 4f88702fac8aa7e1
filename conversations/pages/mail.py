"""Where links lead that this site gives away, in mails and elsewhere."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port


def link(request: HttpRequest, path: str) -> str:
    """The whole address of a page of this site, for the user who asked for it."""
    return f"{settings.SITE_URL}{path}" if settings.SITE_URL else request.build_absolute_uri(path)


def at_own_origin(request: HttpRequest, text: str) -> str:
    """The link, if the text is one to this site, as it may be sent to others: a client can name any port behind a host that is allowed,
    and one where the server doesn't listen might be another program's."""
    there = f"{request.scheme}://{request.get_host()}"
    if not text.startswith(f"{there}/"):
        return text
    return (settings.SITE_URL or _own_origin(request)) + text.removeprefix(there)


def _own_origin(request: HttpRequest) -> str:
    name, port = split_domain_port(request.get_host())
    return f"{request.scheme}://{name}" + (f":{port}" if port and port == str(request.META.get("SERVER_PORT")) else "")
