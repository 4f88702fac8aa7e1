"""Text of others, made fit for a database."""

from __future__ import annotations


def fitting(text: str, longest: int | None = None) -> str:
    """At most so many characters of it, without NUL and halves of surrogate pairs, which PostgreSQL and UTF-8 don't know."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[:longest]
