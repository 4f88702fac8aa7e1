"""Writes down every attempt. Synchronous; meant to be called where a reply's end is saved, in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from conversations.models import NANO, Attempt, Purpose
from conversations.models.storable import fitting

from . import metrics
from .finished_attempt import FinishedAttempt


def record(
    finished: Sequence[FinishedAttempt],
    *,
    purpose: Purpose = Purpose.ANSWER,
    reply_id: uuid.UUID | None,
    owner_id: uuid.UUID | None,
    version_id: uuid.UUID | None = None,
) -> list[Attempt]:
    """Write them, in one statement. Returns what was written."""
    now, finished = timezone.now(), tuple(finished)
    transaction.on_commit(lambda: metrics.count(finished, purpose), robust=True)
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
        for one in finished
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
