"""Budgets for one kind alone, in words."""

from __future__ import annotations

from typing import Literal

from conversations.models import BudgetKind
from conversations.usage.ledger import amounts
from conversations.usage.limits.in_force import MS_PER_MINUTE

NOUNS = {
    "": "",
    BudgetKind.TEXT: "text",
    BudgetKind.FILES: "answers with files",
    BudgetKind.PICTURES: "pictures",
    BudgetKind.AUDIO: "audio",
    BudgetKind.EMBEDDINGS: "embeddings",
}
UNITS: dict[BudgetKind, Literal["pictures", "minutes", "files"]] = {
    BudgetKind.PICTURES: "pictures",
    BudgetKind.AUDIO: "minutes",
    BudgetKind.FILES: "files",
}


def dollars(nano: int, kind: str) -> str:
    """Such as “$5.00”, or “$5.00 for pictures”."""
    return _of(amounts.dollars(nano), kind)


def tokens(number: int, kind: str) -> str:
    return _of(amounts.tokens(number), kind)


def units(number: int, kind: str) -> str:
    """Such as “200 pictures” or “60 minutes of audio”."""
    if kind == BudgetKind.AUDIO:
        minutes = number / MS_PER_MINUTE
        return f"{minutes:,.1f}".removesuffix(".0") + f" minute{'' if number == MS_PER_MINUTE else 's'} of audio"
    return amounts.counted(number, UNITS[BudgetKind(kind)].removesuffix("s"))


def scale(kind: str) -> int:
    """So many units as they are stored are one that is shown."""
    return MS_PER_MINUTE if kind == BudgetKind.AUDIO else 1


def _of(words: str, kind: str) -> str:
    return f"{words} for {NOUNS[kind]}" if kind else words
