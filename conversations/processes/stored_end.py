"""The end of a reply as its message's columns say it, and the statement that writes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.utils import timezone

from conversations.generation.output import Part
from conversations.generation.reply import Reply
from conversations.models import Message
from conversations.models.compiled import Parameter, Update
from conversations.models.storable import fitting

from . import leases


def of(reply: Reply, cost: Decimal | None, parts: list[Part]) -> dict[str, Any]:
    """By column. `cost` in US dollars; None: unknown, or not counted."""
    end: dict[str, Any] = {
        "parts": parts,
        "status": reply.status,
        "run": reply.run,
        "model": _fitting("model", reply.attempts.model),
        "note": _fitting("note", reply.attempts.note),
        "parameters": reply.attempts.parameters,
        "finish_reason": _fitting("finish_reason", reply.attempts.finish_reason),
        "error_kind": reply.error.kind if reply.error else "",
        "error_cause": fitting(reply.error.cause) if reply.error else "",
        "retry_at": reply.retry_at,
        "usage": reply.attempts.usage_json,
        "cost": cost,
        "upstream": reply.upstream,
        "stop_asked": False,
        "started": reply.started,
        "first_token": reply.first_token,
        "finished": timezone.now(),
        "lease_holder": None,
        "lease_until": None,
    }
    if reply.attempts.left_to_others:
        end |= {"finished": None, "lease_until": timezone.now()}  # without a holder: given up, and not lost
    return end


def write(reply: Reply, end: dict[str, Any]) -> bool:
    """Whether it could be: not where this process has lost its lease, or another one presumed the reply lost."""
    return bool(_END(id=reply.id, holder=leases.HOLDER, in_run=reply.run, **end))


def _fitting(field: str, text: str) -> str:
    """A provider's name for something may be longer than our column, or have characters that a database can't store."""
    max_characters: int = getattr(Message._meta.get_field(field), "max_length")  # noqa: B009  (only columns of text have one)
    return fitting(text, max_characters)


_END = Update(
    lambda: Message.objects.filter(
        pk=Parameter("id", models.UUIDField()),
        lease_holder=Parameter("holder", models.UUIDField()),
        run=Parameter("in_run", models.IntegerField()),
    ),
    (
        "parts",
        "status",
        "run",
        "model",
        "note",
        "parameters",
        "finish_reason",
        "error_kind",
        "error_cause",
        "retry_at",
        "usage",
        "cost",
        "upstream",
        "stop_asked",
        "started",
        "first_token",
        "finished",
        "lease_holder",
        "lease_until",
    ),
)
