"""Text of providers and users, made fit for a database."""

from __future__ import annotations

from typing import Any


def fitting(text: str, max_characters: int | None = None) -> str:
    """At most `max_characters` of it, without NUL and halves of surrogate pairs, which PostgreSQL and UTF-8 can't represent."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:max_characters]


def fitting_json(value: Any) -> Any:
    """The same of all texts in a value of JSON, of its names, too."""
    if isinstance(value, str):
        return fitting(value)
    if isinstance(value, dict):
        return {fitting(name): fitting_json(one) for name, one in value.items()}
    return [fitting_json(one) for one in value] if isinstance(value, list) else value
