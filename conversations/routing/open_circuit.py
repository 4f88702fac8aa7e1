"""An open circuit: how long it stays open, whether a trial runs, and its row in the database, where all processes read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from conversations.models import OpenCircuit, Provider
from conversations.webhooks import events

from .catalog import Circuit

FIRST_BREAK_SECONDS, LONGEST_BREAK_SECONDS = 10.0, 300.0
"""Twice as long after each failed trial."""
FORGOTTEN_AFTER = timedelta(days=1)
"""A circuit that was not tried for so long counts as closed."""
MOST_DOUBLINGS = 16


class Admission(NamedTuple):
    """Whether a request may go there now. `trial`: it decides whether the circuit closes. `seconds` until the next may be tried."""

    allowed: bool
    trial: bool = False
    seconds: float = 0.0
    worth_waiting: float = 0.0
    """Seconds after which to ask here again: sooner where a trial runs, which may end any moment."""


@dataclass(frozen=True, slots=True)
class OpenState:
    """Until when the provider is not asked, until when a trial may run, and how many trials failed since it opened."""

    until: datetime
    trial_until: datetime | None = None
    failed_trials: int = 0

    @classmethod
    def of(cls, row: OpenCircuit) -> OpenState:
        return cls(row.open_until, row.trial_until, row.failed_trials)

    def seconds(self, now: datetime) -> float:
        """Until the next request may try."""
        return max(0.0, (max(self.until, self.trial_until or self.until) - now).total_seconds())

    def refusal(self, now: datetime) -> Admission:
        return Admission(False, seconds=self.seconds(now), worth_waiting=max(0.0, (self.until - now).total_seconds()))


def rows(circuit: Circuit) -> QuerySet[OpenCircuit]:
    """Its row, if it is open."""
    provider, model = circuit
    return OpenCircuit.objects.filter(provider=UUID(provider), model=model)


def store(circuit: Circuit, now: datetime, retry_after: float) -> OpenState:
    """Open it for all processes. Another one may have done so a moment ago: then that counts."""
    provider, model = circuit
    fresh = after_failure(None, now, retry_after)
    with transaction.atomic():
        OpenCircuit.objects.filter(open_until__lt=now - FORGOTTEN_AFTER).delete()
        row, is_new = OpenCircuit.objects.select_for_update().get_or_create(
            provider_id=provider, model=model, defaults={"open_until": fresh.until}
        )
        if is_new:
            _tell(row)
            return fresh
        opened = after_failure(OpenState.of(row), now, retry_after)
        row.open_until, row.trial_until, row.failed_trials = opened.until, opened.trial_until, opened.failed_trials
        row.save()
        return opened


def _tell(row: OpenCircuit) -> None:
    if (found := Provider.objects.filter(pk=row.provider_id).first()) is None:  # deleted meanwhile
        return
    provider = {"id": str(found.pk), "name": found.name}
    events.tell(events.CIRCUIT_OPENED, {"provider": provider, "model": row.model, "until": row.open_until.isoformat()}, None)


def after_failure(before: OpenState | None, now: datetime, retry_after: float) -> OpenState:
    """What becomes of a circuit when its provider failed: it opens, or opens again for longer, or stays open as it is."""
    if before is not None and now < before.until:
        return before
    failed_trials = 0 if before is None else min(before.failed_trials + 1, MOST_DOUBLINGS)
    seconds = max(min(FIRST_BREAK_SECONDS * 2**failed_trials, LONGEST_BREAK_SECONDS), min(retry_after, LONGEST_BREAK_SECONDS))
    return OpenState(now + timedelta(seconds=seconds), None, failed_trials)
