"""How often something may happen, by the generic cell rate algorithm: one number is kept of each that is counted."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

MINUTE = 60_000_000
"""Microseconds, in which all times are here."""


class Pace(NamedTuple):
    """`burst` times at once, and then once every `interval` microseconds.

    What is kept is the arrival: when the next one would come if all came evenly.
    """

    interval: int
    burst: int

    @classmethod
    def per_minute(cls, number: int, burst: int | None = None) -> Pace:
        return cls(ceil(MINUTE / number), burst or number)

    def following(self, arrival: int, now: int) -> int:
        """The arrival after one more. What no right clock can have written, further ahead than two whole bursts, counts as nothing."""
        if arrival > now + 2 * self.burst * self.interval:
            arrival = now
        return max(now, arrival) + self.interval

    def left(self, arrival: int, now: int) -> int:
        """How many more may happen at once."""
        return max(0, (self.burst * self.interval - self.ahead(arrival, now)) // self.interval)

    def ahead(self, arrival: int, now: int) -> int:
        """Microseconds until the whole burst is there again."""
        return self.following(arrival, now) - self.interval - now

    def wait(self, arrival: int, now: int) -> int:
        """Microseconds until one more may happen."""
        return max(0, self.following(arrival, now) - self.burst * self.interval - now)
