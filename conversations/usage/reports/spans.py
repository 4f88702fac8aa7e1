"""Stretches of time that reports are about: whole days or hours, UTC, up to now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Self

from .rollups import DAY, midnight

HOUR = timedelta(hours=1)
LONGEST = 366
"""Days."""
HOURLY_UP_TO = 2
"""Days that are shown by the hour."""


class Span(NamedTuple):
    """From `start` until before `end`, in slots of `step`, of which the last may be under way."""

    start: datetime
    end: datetime
    step: timedelta

    @classmethod
    def last_day(cls, now: datetime) -> Self:
        """This hour and the 23 before."""
        return cls(now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - 23 * HOUR, now, HOUR)

    @classmethod
    def days(cls, first: date, last: date, now: datetime) -> Self:
        step = HOUR if (last - first).days < HOURLY_UP_TO else DAY
        return cls(midnight(first), max(midnight(first), min(midnight(last + DAY), now)), step)

    @classmethod
    def last_days(cls, number: int, now: datetime) -> Self:
        """Today, as far as it has come, and the days before."""
        today = now.astimezone(UTC).date()
        return cls(midnight(today - (number - 1) * DAY), now, DAY)

    @property
    def previous(self) -> Self:
        """The one before, as long as this one and just as far under way. Its hours are not shown, so they are not told apart."""
        whole = len(list(self.slots())) * self.step
        return type(self)(self.start - whole, self.end - whole, whole if self.is_hourly else self.step)

    def slots(self) -> Iterator[tuple[datetime, datetime]]:
        start = self.start
        while start < self.end:
            yield start, min(start + self.step, self.end)
            start += self.step

    @property
    def is_hourly(self) -> bool:
        return self.step == HOUR


def joined(slots: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The same time in as few stretches as possible; `slots` are in order. Asking the database costs as much for a month as for an hour."""
    found: list[tuple[datetime, datetime]] = []
    for start, end in slots:
        begun = found.pop()[0] if found and found[-1][1] == start else start
        found.append((begun, end))
    return found
