"""How attempts and replies end, in a few words each: for lists and filters, where a sentence is too long."""

from __future__ import annotations

from typing import Final

from conversations.models import OK, STOPPED
from conversations.providers import errors
from conversations.providers.errors import SENTENCES

LABELS: Final = {
    OK: "ok",
    STOPPED: "stopped by the user",
    "handed_over": "handed over to another process",
    **errors.LABELS,
}


def meaning(outcome: str) -> str:
    """With the sentence that the user read, such as “quota used up: The provider's quota or credit is used up. …”."""
    return f"{label(outcome)}: {SENTENCES[outcome]}" if outcome in SENTENCES else label(outcome)


def label(outcome: str) -> str:
    return LABELS.get(outcome, outcome.replace("_", " "))
