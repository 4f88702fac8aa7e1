"""Text of providers and users, made fit for a database."""

from __future__ import annotations


def fitting(text: str, max_characters: int | None = None) -> str:
    """At most `max_characters` of it, without NUL and halves of surrogate pairs, which PostgreSQL and UTF-8 can't represent."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:max_characters]
