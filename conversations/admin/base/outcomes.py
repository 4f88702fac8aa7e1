"""How attempts and replies end, in a few words each: for lists and filters, where a sentence is too long."""

from __future__ import annotations

from typing import Final

from conversations.models import OK, STOPPED
from conversations.providers.errors import SENTENCES

LABELS: Final = {
    OK: "ok",
    STOPPED: "stopped by the user",
    "handed_over": "handed over to another process",
    "rate_limit": "too many requests",
    "quota": "quota used up",
    "key": "API key refused",
    "permission": "not permitted",
    "model": "model not available",
    "context": "conversation too long",
    "content_filter": "content filter",
    "timeout": "timeout",
    "network": "provider unreachable",
    "address": "wrong address",
    "proxy": "refused by a proxy",
    "provider": "error at the provider",
    "request": "request rejected",
    "parameter": "parameter refused",
    "interrupted": "connection lost",
    "lost": "server stopped",
    "lost_again": "server stopped twice",
    "down": "provider unavailable",
    "unavailable": "no provider",
    "internal": "internal error",
}


def meaning(outcome: str) -> str:
    """With the sentence that the user read, such as “quota used up: The provider's quota or credit is used up. …”."""
    return f"{label(outcome)}: {SENTENCES[outcome]}" if outcome in SENTENCES else label(outcome)


def label(outcome: str) -> str:
    return LABELS.get(outcome, outcome.replace("_", " "))
