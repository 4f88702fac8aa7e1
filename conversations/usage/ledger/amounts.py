"""Costs and tokens as they are shown, everywhere."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from conversations.models import NANO

CENT = Decimal("0.01")
SECONDS_PER_MINUTE = MINUTES_PER_HOUR = 60


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
    return counted(number, "token")


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def length(milliseconds: int) -> str:
    """Of sound: such as 42 s, 12.5 min or 3.1 h."""
    seconds = milliseconds / 1000
    if round(seconds) < SECONDS_PER_MINUTE:
        return f"{seconds:.0f} s"
    minutes = seconds / SECONDS_PER_MINUTE
    value, unit = (minutes, "min") if round(minutes, 1) < MINUTES_PER_HOUR else (minutes / MINUTES_PER_HOUR, "h")
    return f"{value:,.1f}".removesuffix(".0") + f" {unit}"
