"""The chat page's stylesheets as one file: each would cost the server a request, and the browser time before it may draw."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

from .browser_modules import BASE_DIR

STYLESHEETS = BASE_DIR / "static" / "css"
BUNDLE = "bundles/chat.css"
PARTS = ("base", "layout", "sidebar", "message", "markdown", "composer", "hello", "notice", "overlay")
"""In the order in which they count; the first one names the layers."""


def joined(stylesheets: Path) -> str:
    """The bundle's text. Raises ValueError where one of them can't stand behind another."""
    return "\n".join(_part(stylesheets / f"{name}.css") for name in PARTS)


def _part(file: Path) -> str:
    text = file.read_text()
    if rule := next(
        (rule for rule in ("@import", "@charset", "url(") if rule in text), None
    ):  # in force at a file's begin, or from its folder
        raise ValueError(f"{file.name} can't be joined with others: it has {rule}.")
    return f"/* {file.name} */\n{text}"


@cache
def addresses() -> tuple[str, ...]:
    """The URLs that the page loads; with DEBUG on, when nothing is gathered, that of each stylesheet."""
    return tuple(map(staticfiles_storage.url, _paths()))


def _paths() -> Iterator[str]:
    if settings.DEBUG:
        yield from (f"css/{name}.css" for name in PARTS)
    else:
        yield BUNDLE
