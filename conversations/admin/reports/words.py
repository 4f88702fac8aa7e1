"""Figures as they are shown."""

from __future__ import annotations

from decimal import Decimal

from conversations.models import NANO
from conversations.usage.ledger import amounts

NOTHING = "–"
THIN = "\u202f"


def count(number: int) -> str:
    return f"{number:,}"


def short(number: float) -> str:
    """Such as 1.24 M."""
    for unit, name in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= unit * 0.9995:
            value = number / unit
            return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f}{THIN}{name}"
    return f"{number:,.0f}"


def percent(share: float | None) -> str:
    """Never rounded up to 100 %, nor down to nothing."""
    if share is None:
        return NOTHING
    value = 100 * share
    shown = f"{value:.2f}" if 99 <= value < 100 else f"{value:.1f}"
    if value < 100 and float(shown) >= 100:
        shown = "99.99"
    return f"{'100' if value >= 100 else shown}{THIN}%"


def dollars(nano: int) -> str:
    """Below a cent with all digits: an answer often costs no more."""
    value = Decimal(nano) / NANO
    return amounts.exact_dollars(value) if 0 < value < amounts.CENT else amounts.dollars(nano)


def cost(nano: int, used: int, unpriced: int) -> str:
    """Nothing is called free whose price is unknown."""
    if used and unpriced == used:
        return "unknown"
    return dollars(nano) + ("+" if unpriced else "")


def time(milliseconds: float | None) -> str:
    if milliseconds is None:
        return NOTHING
    if milliseconds < 1000:
        return f"{milliseconds:.0f}{THIN}ms"
    return f"{milliseconds / 1000:.{1 if milliseconds >= 10_000 else 2}f}{THIN}s"


def speed(tokens: float | None) -> str:
    return NOTHING if tokens is None else f"{tokens:.0f}" if tokens >= 10 else f"{tokens:.1f}"
