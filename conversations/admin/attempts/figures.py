"""An attempt's times, tokens and cost as they are shown."""

from __future__ import annotations

from decimal import Decimal

from conversations.admin.base.shown import NOTHING
from conversations.models import NANO, Attempt
from conversations.usage.ledger import amounts


def milliseconds(number: int | None) -> str:
    return NOTHING if number is None else f"{number:,} ms"


def dollars(nano: int | None) -> str:
    return "unknown" if nano is None else amounts.exact_dollars(Decimal(nano) / NANO)


def tokens_in_out(attempt: Attempt) -> str:
    if attempt.input_tokens is None and attempt.output_tokens is None:
        return NOTHING
    counts = ("?" if count is None else f"{count:,}" for count in (attempt.input_tokens, attempt.output_tokens))
    return " → ".join(counts) + (" (estimated)" if attempt.estimated else "")
