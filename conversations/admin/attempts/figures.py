"""An attempt's times, tokens and cost as they are shown."""

from __future__ import annotations

from conversations.admin.base.shown import NOTHING
from conversations.models import NANO, Attempt


def milliseconds(number: int | None) -> str:
    return NOTHING if number is None else f"{number:,} ms"


def dollars(nano: int | None) -> str:
    """Such as $0.0123; all digits of small sums, for they are what adds up."""
    if nano is None:
        return "unknown"
    text = f"{nano / NANO:,.6f}".rstrip("0")
    whole, _, cents = text.partition(".")
    return f"${whole}.{cents.ljust(2, '0')}"


def tokens_in_out(attempt: Attempt) -> str:
    if attempt.input_tokens is None and attempt.output_tokens is None:
        return NOTHING
    counts = ("?" if count is None else f"{count:,}" for count in (attempt.input_tokens, attempt.output_tokens))
    return " → ".join(counts) + (" (estimated)" if attempt.estimated else "")
