"""Costs and tokens as they are shown, everywhere."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from conversations.models import NANO

CENT = Decimal("0.01")


def dollars(nano: int) -> str:
    """Such as “$5.00”; what is less than a cent is said to be so."""
    value = Decimal(nano) / NANO
    if 0 < value < CENT:
        return "less than $0.01"
    return f"${value.quantize(CENT, ROUND_HALF_UP if value < 1 else ROUND_DOWN):,}"


def exact_dollars(value: Decimal) -> str:
    """Such as “$0.0123”: all digits, and at least two behind the point. For prices and for costs that are to be added up."""
    whole, _, cents = f"{value:,.6f}".partition(".")
    return f"${whole}.{cents.rstrip('0').ljust(2, '0')}"


def tokens(number: int) -> str:
    return "1 token" if number == 1 else f"{number:,} tokens"
