"""Static files that are named by their content, given out from memory: without a task, a thread or Django's middleware.

A page with an empty cache asks for dozens of them at once, so their cost decides when it can be used. What is not the usual request
for such a file (a part of it, a large one, a scheme that is to be redirected) goes on to Django.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from servestatic.media_types import MediaTypes
from servestatic.utils import parse_accept_encoding
from twisted.web.http_headers import Headers

MAX_BYTES = 64 * 1024
"""Larger ones are sent piece by piece, as their reader takes them."""
KEPT_FILES = 512
YEAR_SECONDS = 365 * 24 * 3600
SUFFIXES = {"br": ".br", "gzip": ".gz"}
"""Of compressed files beside the file itself, the smallest first."""
HASH = re.compile(r"\.([0-9a-f]{12})\.")


class NamedFiles:
    """Those that were gathered when the server started; none with DEBUG on, when nothing is named by its content."""

    def __init__(self) -> None:
        names = getattr(staticfiles_storage, "hashed_files", {}).values()
        prefixes = {settings.STATIC_URL, f"/{settings.STATIC_URL.removeprefix(settings.SITE_PATH)}"}  # as the proxy passes the path on
        self._names = {f"{prefix}{name}".encode(): name for name in names if HASH.search(name) for prefix in prefixes}
        self._media_types = MediaTypes()
        self._read = lru_cache(KEPT_FILES)(self._from_disk)

    def respond(self, request: Any) -> bool:
        """Answer a request of Twisted's if it is a usual one for such a file; return whether it was."""
        name, asked = self._names.get(request.path), request.requestHeaders
        if name is None or request.method != b"GET" or asked.hasHeader(b"Range") or asked.hasHeader(b"Upgrade"):
            return False
        if settings.BEHIND_TLS and asked.getRawHeaders("X-Forwarded-Proto") != ["https"]:
            return False
        accepted = parse_accept_encoding(",".join(asked.getRawHeaders("Accept-Encoding", ())))
        file = self._read(name, next((encoding for encoding in SUFFIXES if encoding in accepted), ""))
        if file is None:
            return False
        headers, body = file
        request.responseHeaders = headers.copy()
        if headers.getRawHeaders("ETag") == asked.getRawHeaders("If-None-Match"):
            request.setResponseCode(304)
            request.responseHeaders.removeHeader("Content-Length")
        else:
            request.write(body)
        request.finish()
        return True

    def _from_disk(self, name: str, encoding: str) -> tuple[Headers, bytes] | None:
        path = Path(staticfiles_storage.path(name))
        compressed = path.with_name(path.name + SUFFIXES.get(encoding, ""))
        if not compressed.is_file():  # it would not have been smaller
            encoding, compressed = "", path
        try:
            if compressed.stat().st_size > MAX_BYTES:
                return None
            body = compressed.read_bytes()
        except OSError:
            return None
        media_type = self._media_types.get_type(name)
        headers = {
            "Content-Type": f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type,
            "Content-Length": str(len(body)),
            "Cache-Control": f"max-age={YEAR_SECONDS}, public, immutable",
            "ETag": f'"{HASH.findall(name)[-1]}{encoding}"',
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        }
        if encoding:
            headers["Content-Encoding"] = encoding
        if settings.SECURE_HSTS_SECONDS:
            headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
        return Headers({field: [value] for field, value in headers.items()}), body
