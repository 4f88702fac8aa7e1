"""The tokens that an attempt used, as its provider counted them or by an estimate."""

from __future__ import annotations

from typing import Any

from conversations.providers.parts import Usage
from conversations.usage.ledger.token_estimate import BYTES_PER_TOKEN, of_attempt

Counts = dict[str, Any]

BYTES_PER_CHARACTER = 4
"""At most, in UTF-8; and no token is less than a byte."""
UNSEEN_TOKENS = 131_072
"""A provider may count so many that we don't see, or its model's context window: reasoning that it keeps back, its own instructions."""
LARGEST_WINDOW = 10_000_000
"""Tokens: providers' lists tell greater ones, too."""


def checked(usage: Usage, *, prompt_tokens: int, characters: int, window: int) -> tuple[Usage, bool]:
    """The usage with an estimate for each side that can't be used or can't be true, and whether there is one.

    `characters`: of the answer that the provider counted. `window`: its model's context window, in tokens.
    """
    read, cached, written, reasoning = usage
    unseen = max(UNSEEN_TOKENS, min(window, LARGEST_WINDOW))
    estimate = of_attempt(prompt_tokens, characters)
    is_read_wrong = read is None or read > BYTES_PER_TOKEN * prompt_tokens + unseen
    if is_read_wrong:
        read, cached = estimate.input, None
    is_written_wrong = written is None or written > BYTES_PER_CHARACTER * characters + unseen or (written == 0 and characters > 0)
    if is_written_wrong:
        written, reasoning = estimate.output, None
    return Usage(read, cached, written, reasoning), is_read_wrong or is_written_wrong


def estimated(prompt_tokens: int | None, characters: int) -> Counts | None:
    """An estimate for an answer of so many characters whose usage the provider never sent; None where there is no answer."""
    if not characters:
        return None
    return {**Usage(*of_attempt(prompt_tokens, characters)[:4])._asdict(), "estimated": True}
