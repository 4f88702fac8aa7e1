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


def units(attempt: Attempt) -> list[str]:
    """What is counted beside tokens, in words."""
    of = f" ({attempt.picture_form})" if attempt.picture_form else ""
    said = [f"{amounts.counted(attempt.pictures, 'picture')}{of}"] if attempt.pictures else []
    said += [f"{amounts.length(attempt.heard_ms)} heard"] if attempt.heard_ms else []
    said += [f"{amounts.length(attempt.spoken_ms)} made"] if attempt.spoken_ms else []
    said += [amounts.counted(attempt.spoken_characters, "character")] if attempt.spoken_characters else []
    said += [amounts.counted(attempt.files, "file")] if attempt.files else []
    return said + ([amounts.counted(attempt.pages, "page")] if attempt.pages else [])


def tokens_in_out(attempt: Attempt) -> str:
    if attempt.input_tokens is None and attempt.output_tokens is None:
        return NOTHING
    counts = ("?" if count is None else f"{count:,}" for count in (attempt.input_tokens, attempt.output_tokens))
    return " → ".join(counts) + (" (estimated)" if attempt.estimated else "")
