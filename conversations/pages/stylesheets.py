"""Stylesheets that pages load together, as one file: each would cost the server a request, and the browser time before it may draw."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

from .browser_modules import BASE_DIR

STYLESHEETS = BASE_DIR / "static" / "css"
_BASE = ("tokens", "base", "buttons")
_MARKDOWN = tuple(
    f"markdown/{name}" for name in ("prose", "table", "overflow", "code", "highlighting", "task", "picture", "footnote", "formula")
)
_SIDEBAR = tuple(f"sidebar/{name}" for name in ("sidebar", "selection", "row", "rename", "account"))
_MESSAGE = tuple(
    f"message/{name}"
    for name in (
        "message",
        "actions",
        "question",
        "attached",
        "thoughts",
        "called",
        "editing",
        "feedback",
        "reading-aloud",
        "made",
        "sources",
    )
)
_COMPOSER = (*(f"composer/{name}" for name in ("composer", "send", "fine-print")), "scroll-to-bottom")
_PLAYGROUND = tuple(f"admin/playground/{name}" for name in ("page", "conversation", "buttons", "columns", "column", "answer"))
_OVERLAYS = ("menu", "dialog", "archive")
_EDITOR = tuple(f"admin/{name}" for name in ("editor", "editor-text", "editor-marks"))
_PREVIEW = tuple(f"admin/{name}" for name in ("answer-tokens", "editor-rendered", "preview", "preview-dialog", "variables"))
_WORDING = tuple(f"admin/{name}" for name in ("starters", "text", "difference", "prompt-versions", "comments", "prompt-draft"))
_REPORT = tuple(f"reports/{name}" for name in ("tokens", "page", "card", "top", "callout"))
_FIGURES = tuple(f"reports/{name}" for name in ("key-figures", "error-budget", "chart", "tooltip", "table", "comparison"))
PARTS = {
    "base": _BASE,
    "sheet": (*_BASE, "sheet/sheet", "sheet/field", "sheet/addresses"),
    "chat": (*_BASE, "layout", *_SIDEBAR, *_MESSAGE, *_MARKDOWN, *_COMPOSER, "hello", "notice", *_OVERLAYS),
    "print": ("print/page", "print/message", "print/text"),
    "usage": tuple(f"usage/{name}" for name in ("page", "periods", "days", "standing")),
    "admin": tuple(f"admin/{name}" for name in ("base", "colours", "state", "table", "drafts")),
    "list": ("admin/list-filters", "admin/list"),
    "overview": tuple(f"admin/{name}" for name in ("overview", "problems", "first-steps")),
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
