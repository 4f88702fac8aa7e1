"""What came of one attempt to deliver a message."""

from __future__ import annotations

from typing import NamedTuple


class Answer(NamedTuple):
    status: int | None
    """None where none came."""
    excerpt: str
    error: str
    """Why it isn't delivered, in a sentence; empty where it is."""
    duration_ms: int
