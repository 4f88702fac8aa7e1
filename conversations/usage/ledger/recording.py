"""Writes down every try upstream. Synchronous; meant to be called where a reply's end is saved, in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from conversations.models import NANO, Attempt, Purpose
from conversations.models.identifiers import new_id
from conversations.models.storable import fitting

from . import metrics, prices
from .prices import Price, Tokens

NOTHING_KNOWN = Tokens()


@dataclass(slots=True)
class Try:
    """One try that is over. `model` is its name as prompts call it, `upstream_model` as the provider does."""

    started: datetime
    number: int
    outcome: str
    duration_ms: int
    model: str = ""
    upstream_model: str = ""
    provider: str = ""
    provider_id: uuid.UUID | None = None
    key_id: uuid.UUID | None = None
    base_url: str = ""
    price_list: str = ""
    price: Price | None = None
    final: bool = False
    id: uuid.UUID = field(default_factory=new_id)
    cause: str = ""
    status: int | None = None
    request_id: str = ""
    retry_after: float | None = None
    first_token_ms: int | None = None
    characters: int = 0
    tokens: Tokens = NOTHING_KNOWN
    estimated: bool = False

    @property
    def cost(self) -> int | None:
        """Nanodollars, or None where that is unknown."""
        return prices.cost(self.tokens, self.upstream_model or self.model, self.base_url, self.price_list, self.price)


def record(
    tries: Sequence[Try],
    *,
    purpose: Purpose = Purpose.ANSWER,
    reply_id: uuid.UUID | None,
    owner_id: uuid.UUID | None,
    version_id: uuid.UUID | None = None,
) -> list[Attempt]:
    """Write them, in one statement. Returns what was written."""
    now, tries = timezone.now(), tuple(tries)
    transaction.on_commit(lambda: metrics.count(tries, purpose), robust=True)
    return Attempt.objects.bulk_create(
        Attempt(
            id=one.id,
            recorded=now,
            purpose=purpose,
            reply_id=reply_id,
            owner_id=owner_id,
            prompt_version_id=version_id,
            provider_id=one.provider_id,
            key_id=one.key_id,
            model=fitting(one.model, 200),
            number=one.number,
            final=one.final,
            outcome=one.outcome,
            cause=fitting(one.cause, 500),
            status=one.status,
            request_id=fitting(one.request_id, 120),
            retry_after=one.retry_after,
            started=one.started,
            first_token_ms=one.first_token_ms,
            duration_ms=one.duration_ms,
            characters=one.characters,
            input_tokens=one.tokens.input,
            cached_tokens=one.tokens.cached,
            output_tokens=one.tokens.output,
            reasoning_tokens=one.tokens.reasoning,
            estimated=one.estimated,
            cost=one.cost,
        )
        for one in tries
    )


def dollars(attempts: Iterable[Attempt]) -> Decimal | None:
    """What these cost together; None where one of them took tokens at an unknown price."""
    total = 0
    for attempt in attempts:
        if attempt.cost is not None:
            total += attempt.cost
        elif attempt.input_tokens is not None or attempt.output_tokens is not None:
            return None
    return Decimal(total) / NANO
