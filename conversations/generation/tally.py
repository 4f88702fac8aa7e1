"""The tokens that a reply used, its continuations included."""

from __future__ import annotations

from conversations.providers.parts import Usage

from .attempt import Attempt
from .token_usage import Counts, estimated


class Tally:
    """Adds the usage of a continuation to the usage before it."""

    def __init__(self, before: Counts | None, characters_before: int) -> None:
        self._before = before or estimated(None, characters_before)
        self.characters_before = characters_before
        """Of the reply, that what the provider counts now doesn't cover."""
        self.prompt_tokens = 0
        """Estimated."""

    def covers_all(self) -> None:
        """The provider's count will be that of the whole reply."""
        self._before, self.characters_before = None, 0

    def settle(self, attempt: Attempt | None, characters: int) -> None:
        """A part of the answer is over, at `characters` of the whole reply: what comes is counted beside it."""
        self._before, self.characters_before = self.total(attempt, characters), characters

    def total(self, attempt: Attempt | None, characters: int) -> Counts | None:
        """The provider's count, or an estimate (marked so) where it never came. `characters`: of the whole reply."""
        if attempt is not None and attempt.usage is not None:
            now: Counts | None = {**attempt.usage._asdict(), "estimated": attempt.is_estimated}
        else:
            now = estimated(self.prompt_tokens, characters - self.characters_before)
        if now is None:
            return self._before
        before = self._before or {}
        total: Counts = {}
        for name in Usage._fields:
            earlier = before.get(name)
            total[name] = now[name] if earlier is None else earlier + (now[name] or 0)
        return {**total, "estimated": now["estimated"] or bool(before.get("estimated"))}
