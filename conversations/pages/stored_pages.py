"""Keeps what signed-in users saw out of the browser's store: after signing out, Back must not show it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.utils.deprecation import MiddlewareMixin


class NoStoredPagesMiddleware(MiddlewareMixin):
    """Pages that say themselves how long they may be kept, and what is no page, are left as they are."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if is_page and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response
