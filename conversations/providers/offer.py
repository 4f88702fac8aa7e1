"""One model of a provider's list, with what the server says of it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, NamedTuple

LARGEST_WINDOW = 1_000_000_000
"""Tokens; what is said beyond that is nonsense, and columns don't hold it."""

_NOT_FOR_CHAT = re.compile(
    r"embed|whisper|(^|[-_/])(tts|asr|sora)([-_:.]|$)|dall-e|moderation|image|realtime|transcri|rerank|babbage|davinci", re.I
)
_WINDOWS = ("context_window", "context_length", "max_model_len", "max_context_length")
_SHUTDOWN_DATES = ("shutdown_date", "expiration_date")
"""As OpenAI and OpenRouter call it: days such as “2026-12-31”, or null."""


class Offer(NamedTuple):
    """One model of the list, with all that the server says of it."""

    name: str
    fields: dict[str, Any]

    @property
    def window(self) -> int:
        """Tokens, or 0 where the server doesn't tell."""
        told = (self.fields.get(field) for field in _WINDOWS)
        return next((number for number in told if type(number) is int and 0 < number <= LARGEST_WINDOW), 0)

    @property
    def shutdown_date(self) -> date | None:
        """The day on which it is shut down, where the server tells."""
        told = (_day(self.fields.get(field)) for field in _SHUTDOWN_DATES)
        return next((day for day in told if day is not None), None)

    @property
    def is_for_chat(self) -> bool:
        """As far as its name tells."""
        return is_for_chat(self.name)


def is_for_chat(name: str) -> bool:
    """Whether a model can chat, as far as its name tells."""
    return not _NOT_FOR_CHAT.search(name)


def _day(told: object) -> date | None:
    """Some servers add the time of day."""
    try:
        return date.fromisoformat(told[:10]) if isinstance(told, str) else None
    except ValueError:
        return None
