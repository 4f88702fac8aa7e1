"""What a reply took in tokens, over all the goes in which it was made."""

from __future__ import annotations

from typing import Any

from conversations.providers.parts import Usage
from conversations.usage.ledger.token_estimate import tokens_written

Counts = dict[str, Any]


def estimated(prompt: int | None, said: int) -> Counts | None:
    """What `said` characters will have taken, where the provider's count never came; None where nothing was said."""
    if not said:
        return None
    return {**Usage(prompt, None, tokens_written(said), None)._asdict(), "estimated": True}


class Tally:
    """Adds this go to those before it."""

    def __init__(self, before: Counts | None, said_before: int) -> None:
        self._before = before or estimated(None, said_before)
        self._said_before = said_before
        self.prompt = 0
        """Tokens of what the provider is given, estimated."""

    def covers_all(self) -> None:
        """The provider's count will be one of all goes together."""
        self._before = None

    def total(self, usage: Usage | None, said: int) -> Counts | None:
        """The provider's count, or an estimate (marked so) where the stream ended before it came. `said` are characters of all goes."""
        now = usage._asdict() if usage else estimated(self.prompt, said - self._said_before)
        if now is None:
            return self._before
        before = self._before or {}
        total: Counts = {}
        for name in Usage._fields:
            earlier = before.get(name)
            total[name] = now[name] if earlier is None else earlier + (now[name] or 0)
        return {**total, "estimated": usage is None or bool(before.get("estimated"))}
