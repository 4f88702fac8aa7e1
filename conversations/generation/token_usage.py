"""The tokens that a reply used, its continuations included."""

from __future__ import annotations

from typing import Any

from conversations.providers.parts import Usage
from conversations.usage.ledger.token_estimate import of_attempt

Counts = dict[str, Any]


def estimated(prompt_tokens: int | None, characters: int) -> Counts | None:
    """An estimate for an answer of so many characters whose usage the provider never sent; None where there is no answer."""
    if not characters:
        return None
    return {**Usage(*of_attempt(prompt_tokens, characters))._asdict(), "estimated": True}


class Tally:
    """Adds the usage of a continuation to the usage before it."""

    def __init__(self, before: Counts | None, characters_before: int) -> None:
        self._before = before or estimated(None, characters_before)
        self._characters_before = characters_before
        self.prompt_tokens = 0
        """Estimated."""

    def covers_all(self) -> None:
        """The provider's count will be that of the whole reply."""
        self._before = None

    def settle(self, usage: Usage | None, characters: int) -> None:
        """A part of the answer is over, at `characters` of the whole reply: what comes is counted beside it."""
        self._before, self._characters_before = self.total(usage, characters), characters

    def total(self, usage: Usage | None, characters: int) -> Counts | None:
        """The provider's count, or an estimate (marked so) where it never came. `characters`: of the whole reply."""
        now = usage._asdict() if usage else estimated(self.prompt_tokens, characters - self._characters_before)
        if now is None:
            return self._before
        before = self._before or {}
        total: Counts = {}
        for name in Usage._fields:
            earlier = before.get(name)
            total[name] = now[name] if earlier is None else earlier + (now[name] or 0)
        return {**total, "estimated": usage is None or bool(before.get("estimated"))}
