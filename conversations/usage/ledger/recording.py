"""Writes down every attempt. Synchronous; meant to be called where a reply's end is saved, in the same transaction."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations.models import NANO, Attempt, Message, Purpose
from conversations.models.insertion import insert
from conversations.models.storable import fitting

from . import metrics, otlp_metrics, traces
from .finished_attempt import FinishedAttempt


def record(
    finished: Sequence[FinishedAttempt],
    *,
    purpose: Purpose = Purpose.ANSWER,
    reply_id: uuid.UUID | None,
    owner_id: uuid.UUID | None,
    version_id: uuid.UUID | None = None,
    token_id: uuid.UUID | None = None,
    conversation_id: uuid.UUID | None = None,
) -> list[Attempt]:
    """Write them, in one statement. `token_id`: of the API token that they were asked for with. `conversation_id`: for traces.

    Returns what was written.
    """
    now, finished = timezone.now(), tuple(finished)
    causes_are_kept = any(one.cause for one in finished) and _is_kept(reply_id)
    transaction.on_commit(lambda: metrics.count(finished, purpose), robust=True)
    if settings.TRACING:
        subject = traces.Subject(purpose, reply_id, owner_id, version_id, token_id, conversation_id)
        transaction.on_commit(lambda: traces.record(finished, subject), robust=True)
        transaction.on_commit(lambda: otlp_metrics.record(finished), robust=True)
    attempts = [
        Attempt(
            id=one.id,
            recorded=now,
            purpose=one.purpose or purpose,
            kind=one.kind,
            reply_id=reply_id,
            owner_id=owner_id,
            prompt_version_id=version_id,
            provider_id=one.provider_id,
            key_id=one.key_id,
            token_id=token_id,
            model=fitting(one.model, 200),
            number=one.number,
            final=one.final,
            outcome=one.outcome,
            cause=fitting(one.cause, 500) if causes_are_kept else "",
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
            input_audio_tokens=one.tokens.input_audio,
            output_audio_tokens=one.tokens.output_audio,
            estimated=one.estimated,
            **one.units._asdict(),
            **one.subject._asdict(),
            cost=one.cost,
        )
        for one in finished
    ]
    if attempts:
        insert(attempts)
    return attempts


def _is_kept(reply_id: uuid.UUID | None) -> bool:
    """Whether there is a message with which causes that quote it will be deleted. It is locked: until the causes are there to be found."""
    return Message.objects.select_for_update().filter(pk=reply_id).values_list("pk").first() is not None if reply_id else False


def forget_causes(reply_ids: Iterable[uuid.UUID]) -> None:
    """Of replies that ran as they were deleted: some of their attempts may have been written while that went on."""
    Attempt.objects.filter(reply__in=list(reply_ids)).exclude(cause="").update(cause="")


def dollars(attempts: Iterable[Attempt]) -> Decimal | None:
    """What these cost together; None where one of them took tokens at an unknown price."""
    total = 0
    for attempt in attempts:
        if attempt.cost is not None:
            total += attempt.cost
        elif attempt.input_tokens is not None or attempt.output_tokens is not None:
            return None
    return Decimal(total) / NANO
