"""The error budget: how many answers may fail under the objective, how many did, and how soon the rest is used up."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Q, Sum

from conversations.models import NOT_COUNTED, OK, Attempt, Purpose, RolledUpDay, RollUp

from .figures import share
from .from_ledger import between
from .spans import HOUR, Span, joined

DAYS = 30
WINDOWS = (1, 6, 24)
"""Hours over which the rate of failures is taken."""
FEWEST = 3
"""Failures in a window below which its rate tells nothing."""
FAST = 6.0
"""A burn rate that uses up the budget of thirty days in five."""


class Ends(NamedTuple):
    """How many answers' ends count, and how many of these failed."""

    counted: int = 0
    failed: int = 0


class Burn(NamedTuple):
    """How the last hours went. A rate of 1 uses up the budget in exactly its thirty days."""

    hours: int
    ends: Ends
    rate: float | None


class Budget(NamedTuple):
    objective: float
    """Percent."""
    ends: Ends
    burns: list[Burn]

    @property
    def allowed(self) -> float:
        return round(self.ends.counted * (100 - self.objective) / 100, 6)

    @property
    def enough(self) -> int:
        """How many answers it takes for one of them to be allowed to fail."""
        return math.ceil(round(100 / (100 - self.objective), 6))

    @property
    def can_be_judged(self) -> bool:
        return self.ends.counted >= self.enough

    @property
    def left(self) -> float:
        return self.allowed - self.ends.failed

    @property
    def used_share(self) -> float | None:
        return share(self.ends.failed, self.allowed)

    @property
    def worst(self) -> Burn | None:
        """The window that burns fastest, of those in which enough has failed to tell."""
        told = [burn for burn in self.burns if burn.rate is not None and burn.ends.failed >= FEWEST]
        return max(told, key=lambda burn: burn.rate or 0, default=None)

    @property
    def tone(self) -> str:
        """“good”, “warn” or “bad”; empty where there is nothing to judge."""
        if not self.can_be_judged:
            return ""
        if self.left <= 0:
            return "bad"
        return "warn" if self.worst and (self.worst.rate or 0) >= FAST else "good"

    @property
    def sentence(self) -> str:
        if not self.ends.counted:
            return "Nothing to judge yet."
        if not self.can_be_judged:
            return f"Too few answers yet: {self.objective:g} % can be judged from {self.enough:,} answers on."
        last_day = self.burns[-1].ends
        if self.left <= 0:
            missed = f"The budget is used up: {self.ends.failed:,} answers failed where {int(self.allowed):,} may."
            return missed if last_day.failed else f"{missed} Nothing failed in the last 24 hours."
        if not last_day.failed:
            return "Nothing failed in the last 24 hours."
        if self.worst is None or (self.worst.rate or 0) <= 1:
            return "At the rate of the last 24 hours the budget lasts."
        remaining = timedelta(hours=self.left / (self.worst.ends.failed / self.worst.hours))
        when = "the last hour" if self.worst.hours == 1 else f"the last {self.worst.hours} hours"
        return f"At the rate of {when} the budget is used up in {_words(remaining)}."


def current(now: datetime) -> Budget:
    """Over the last thirty days."""
    objective = settings.RELIABILITY_OBJECTIVE
    span = Span.last_days(DAYS, now)
    burns = []
    for hours in WINDOWS:
        ends = in_ledger(now - hours * HOUR, now)
        rate = share(ends.failed, ends.counted)
        burns.append(Burn(hours, ends, None if rate is None else rate / (1 - objective / 100)))
    return Budget(objective, _ends(span), burns)


def _ends(span: Span) -> Ends:
    slots = {start.date(): (start, end) for start, end in span.slots()}
    done = set(RolledUpDay.objects.filter(day__in=list(slots)).values_list("day", flat=True))
    sums = RollUp.objects.filter(day__in=done).aggregate(
        replies=Sum("replies", default=0), not_counted=Sum("not_counted", default=0), answered=Sum("answered", default=0)
    )
    counted = sums["replies"] - sums["not_counted"]
    first = Attempt.objects.order_by("recorded").values_list("recorded", flat=True).first()
    rest = [slot for day, slot in slots.items() if first and slot[1] > first and day not in done]
    parts = [in_ledger(*stretch) for stretch in joined(rest)]
    return Ends(
        counted + sum(part.counted for part in parts),
        counted - sums["answered"] + sum(part.failed for part in parts),
    )


def in_ledger(start: datetime, end: datetime) -> Ends:
    replies = between(start, end).filter(final=True, purpose=Purpose.ANSWER).exclude(outcome__in=NOT_COUNTED)
    return Ends(**replies.aggregate(counted=Count("*"), failed=Count("id", filter=~Q(outcome=OK))))


def _words(time: timedelta) -> str:
    hours = time / HOUR
    if hours < 1:
        return "less than an hour"
    number, unit = (round(hours), "hour") if hours < 48 else (round(hours / 24), "day")
    return f"{number} {unit}{'' if number == 1 else 's'}"
