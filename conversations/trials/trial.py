"""One trial of a prompt in the admin: counted in the budget of trials, and in no user's."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal

from conversations.database_jobs import DatabaseJobs
from conversations.generation.throttle import Throttle
from conversations.generation.unstored_answer import MAX_SECONDS, Candidate, UnstoredAnswer
from conversations.models import Purpose
from conversations.providers.request import Turn

from . import budget


class Trial(UnstoredAnswer):
    """`author_id`: who tries it."""

    def __init__(
        self,
        candidate: Candidate,
        turns: Sequence[Turn],
        *,
        author_id: uuid.UUID,
        database: DatabaseJobs,
        throttle: Throttle,
        purpose: Purpose = Purpose.TRIAL,
        max_seconds: float = MAX_SECONDS,
    ) -> None:
        super().__init__(candidate, turns, owner_id=author_id, database=database, throttle=throttle, max_seconds=max_seconds)
        self._purpose = purpose

    def reserve(self) -> None:
        budget.reserve(self.reply, self.texts)

    def settle(self) -> Decimal | None:
        return budget.settle(self.reply, self.attempts.log.done, self._purpose)
