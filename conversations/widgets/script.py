"""The script of a widget: our modules, its settings and its style sheet, as one file that a page of another site loads."""

from __future__ import annotations

import gzip
import hashlib
import re
from functools import lru_cache, partial

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified

from conversations.api.errors import ApiError
from conversations.models import Visitors, Widget
from conversations.pages import bundles
from conversations.pages.browser_modules import SCRIPTS
from conversations.pages.stylesheets import STYLESHEETS
from conversations.processes import supervisor

from . import known, pictures
from .asking import MAX_CHARACTERS

ENTRY = "widget/widget"
STYLES = ("base", "panel", "log", "text", "composer")
CACHED_SECONDS = 300
"""A change in the admin is on all pages after so long."""
NOTHING = b"// This widget is switched off, or there is none of this key.\n"
_SETTINGS = "$settings"
_BLANKS = re.compile(r"/\*.*?\*/|(?<=[{};:,])\s+|\s+(?=[{}])|^\s+", re.DOTALL)
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)


async def script(request: HttpRequest, key: str) -> HttpResponse:
    """Of a widget that is off, one that does nothing: no page of the host's should show an error for it."""
    try:
        widget, most_pictures = await supervisor.current().database.do(partial(_known, key))
    except ApiError:
        return _given(request, NOTHING, "no-cache")
    return _given(request, text_of(widget, most_pictures).encode(), f"public, max-age={CACHED_SECONDS}")


def _known(key: str) -> tuple[Widget, int]:
    widget = known.answering(key)
    return widget, pictures.MOST if pictures.are_taken(widget) else 0


def text_of(widget: Widget, most_pictures: int = 0) -> str:
    """The whole script of this widget. `most_pictures`: that a visitor may send with a message."""
    if settings.DEBUG:
        _program.cache_clear()
    return _program().replace(_SETTINGS, orjson.dumps(_settings(widget, most_pictures)).decode(), 1)


def _settings(widget: Widget, most_pictures: int) -> dict[str, object]:
    names = ("key", "layout", "title", "greeting", "starters", "language", "theme", "accent", "hands_over")
    signed = widget.visitors_are == Visitors.SIGNED
    given = {name: getattr(widget, name) for name in names}
    return {**given, "signed": signed, "longest": MAX_CHARACTERS, "pictures": most_pictures, "style": _style()}


@lru_cache(maxsize=1)
def _program() -> str:
    return _INDENT.sub("", bundles.program(SCRIPTS, ENTRY, f"start({_SETTINGS})"))


@lru_cache(maxsize=1)
def _style() -> str:
    return _BLANKS.sub("", "".join((STYLESHEETS / "widget" / f"{name}.css").read_text() for name in STYLES))


@lru_cache(maxsize=64)
def _compressed(text: bytes) -> bytes:
    return gzip.compress(text, 9, mtime=0)


def _given(request: HttpRequest, text: bytes, caching: str) -> HttpResponse:
    tag = f'"{hashlib.sha256(text).hexdigest()[:16]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": caching,
        "Vary": "Accept-Encoding",
        "Cross-Origin-Resource-Policy": "cross-origin",  # for hosts whose pages are isolated
    }
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        return HttpResponseNotModified(headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        text, headers["Content-Encoding"] = _compressed(text), "gzip"
    return HttpResponse(text, content_type="text/javascript; charset=utf-8", headers=headers)
