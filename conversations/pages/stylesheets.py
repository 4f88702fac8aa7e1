"""Stylesheets that pages load together, as one file: each would cost the server a request, and the browser time before it may draw."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

from .browser_modules import BASE_DIR

STYLESHEETS = BASE_DIR / "static" / "css"


def _of(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{folder}/{name}" for name in names)


_BASE = ("tokens", "base", "buttons")
_MARKDOWN = _of("markdown", "prose", "table", "overflow", "code", "highlighting", "task", "picture", "footnote", "formula")
_SIDEBAR = _of("sidebar", "sidebar", "selection", "row", "rename", "account")
_MESSAGE = (
    *_of("message", "message", "actions", "question", "attached", "disclosure", "thoughts", "called"),
    *_of("message", "editing", "feedback", "reading-aloud", "made", "sources"),
)
_COMPOSER = (*_of("composer", "composer", "send", "fine-print"), "scroll-to-bottom")
_PLAYGROUND = _of("admin/playground", "page", "conversation", "buttons", "columns", "column", "answer")
_OVERLAYS = ("menu", "dialog", "archive")
_EDITOR = _of("admin", "editor", "editor-text", "editor-marks")
_PREVIEW = _of("admin", "answer-tokens", "editor-rendered", "preview", "preview-dialog", "variables")
_WORDING = _of("admin", "starters", "text", "difference", "prompt-versions", "comments", "prompt-draft")
_REPORT = _of("reports", "tokens", "page", "card", "top", "callout")
_FIGURES = _of("reports", "key-figures", "error-budget", "chart", "tooltip", "table", "comparison")
PARTS = {
    "base": _BASE,
    "sheet": (*_BASE, *_of("sheet", "sheet", "field", "addresses")),
    "chat": (*_BASE, "layout", *_SIDEBAR, *_MESSAGE, *_MARKDOWN, *_COMPOSER, "hello", "notice", *_OVERLAYS),
    "print": _of("print", "page", "message", "text"),
    "usage": _of("usage", "page", "periods", "days", "standing"),
    "admin": _of("admin", "base", "colours", "state", "table", "drafts"),
    "list": _of("admin", "list-filters", "list"),
    "overview": _of("admin", "overview", "problems", "first-steps"),
    "reports": (*_REPORT, "admin/problems", *_FIGURES),
    "wording": _WORDING,
    "editor": (*_EDITOR, *_MARKDOWN, *_PREVIEW, *_WORDING),
    "playground": (*_MARKDOWN, "admin/answer-tokens", *_PLAYGROUND),
}
"""By the bundle's name: what is in it, in the order in which it counts. That with the layers' names comes first."""


def bundles(stylesheets: Path) -> Iterator[tuple[str, str]]:
    """The path and the text of each bundle. Raises ValueError where one of its parts can't stand behind another."""
    for name, parts in PARTS.items():
        yield _path(name), "\n".join(_part(stylesheets / f"{part}.css") for part in parts)


def _part(file: Path) -> str:
    text = file.read_text()
    if rule := next(
        (rule for rule in ("@import", "@charset", "url(") if rule in text), None
    ):  # in force at a file's begin, or from its folder
        raise ValueError(f"{file.name} can't be joined with others: it has {rule}.")
    return f"/* {file.stem} */\n{text}"


@cache
def addresses(name: str) -> tuple[str, ...]:
    """The URL of a bundle; with DEBUG on, when nothing is gathered, those of its parts."""
    paths = [f"css/{part}.css" for part in PARTS[name]] if settings.DEBUG else [_path(name)]
    return tuple(map(staticfiles_storage.url, paths))


def _path(name: str) -> str:
    return f"bundles/{name}.css"
