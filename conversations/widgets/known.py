"""The widgets there are, by their keys, kept in memory for a moment: each request names one."""

from __future__ import annotations

from conversations.api import errors
from conversations.models import Widget
from conversations.process_cache import Fresh, kept

FRESH_SECONDS = 2.0
"""After which a change in the admin counts in every process."""


_ALL = Widget.objects.select_related("prompt")


def _read() -> dict[str, Widget]:
    return {widget.key: widget for widget in _ALL.all()}


_widgets = kept(Fresh(_read, FRESH_SECONDS))
forget = _widgets.clear
"""Look again at once: call it when a widget was changed."""


def answering(key: str) -> Widget:
    """The widget of this key, if it is on and its assistant is live. Synchronous: reads the database. Raises ApiError."""
    widget = _widgets.get().get(key) or _ALL.filter(key=key).first()  # it may have been made just now
    if widget is None or not is_answering(widget):
        raise errors.not_found("There is no such widget, or it is switched off.")
    return widget


def is_answering(widget: Widget) -> bool:
    """Whether it is on, and has an assistant that is live. The prompt is loaded with it."""
    prompt = widget.prompt
    return widget.active and prompt is not None and prompt.published_id is not None and prompt.archived is None
