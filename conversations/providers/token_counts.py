"""Counts of tokens, as providers tell them."""

from __future__ import annotations

LARGEST_COUNT = 2**31 - 1
"""Of tokens; what is said beyond that is nonsense, and more than columns hold."""


def count(holder: object, *names: str) -> int | None:
    """The number at this path of nested objects, or None where there is none, or one that can't be a count."""
    for name in names:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return int(holder) if isinstance(holder, int | float) and not isinstance(holder, bool) and 0 <= holder <= LARGEST_COUNT else None
