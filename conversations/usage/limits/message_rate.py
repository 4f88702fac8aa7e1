"""Messages a minute (the generic cell rate algorithm): so many at once, and so many a minute in the long run.

Counted in Redis for all processes together; while it is away, each process counts for itself, by the same rules.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from time import monotonic_ns
from typing import NamedTuple

from django.utils import timezone

from conversations.redis_scripts import Away, Script

from .exceeded import Exceeded
from .in_force import Allowed

MINUTE = 60_000_000
"""Microseconds, in which all times are here."""
REMEMBERED_FOR = 10 * MINUTE
"""A request that is sent again within this time is not counted again."""
MOST_KEPT = 10_000


class Pace(NamedTuple):
    """How often something may happen: `burst` times at once, and then once every `interval` microseconds."""

    name: str
    interval: int
    burst: int

    @classmethod
    def per_minute(cls, name: str, number: int, burst: int | None = None) -> Pace:
        return cls(name, ceil(MINUTE / number), burst or number)


class TooSoon(NamedTuple):
    """Which of the paces stands in the way longest, and for how many microseconds."""

    which: int
    wait: int


# KEYS: the request, then the counters. ARGV: the time (0: Redis's own), then interval and burst of each counter.
_TAKE = Script(f"""
local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
if redis.call('EXISTS', KEYS[1]) == 1 then return {{-1, 0}} end
local worst, at, following = 0, -1, {{}}
for i = 2, #KEYS do
  local interval, burst = tonumber(ARGV[2 * i - 2]), tonumber(ARGV[2 * i - 1])
  following[i] = math.max(tonumber(redis.call('GET', KEYS[i]) or '0'), now) + interval
  local wait = following[i] - burst * interval - now
  if wait > worst then worst, at = wait, i - 2 end
end
if at >= 0 then return {{at, worst}} end
for i = 2, #KEYS do
  redis.call('SET', KEYS[i], string.format('%.0f', following[i]), 'PX', math.ceil((following[i] - now) / 1000))
end
redis.call('SET', KEYS[1], 1, 'PX', {REMEMBERED_FOR // 1000})
return {{-1, 0}}
""")


class Twin:
    """The same in this process's memory."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def take(self, paces: Sequence[Pace], request: str, now: int = 0) -> TooSoon | None:
        """Count the request at every pace, or at none. Returns what stands in its way. One that was counted before is let through."""
        now = now or monotonic_ns() // 1000
        with self._lock:
            if request and self._seen.get(request, 0) > now:
                return None
            following = [max(self._next.get(pace.name, 0), now) + pace.interval for pace in paces]
            waits = [at - pace.burst * pace.interval - now for at, pace in zip(following, paces, strict=True)]
            worst = max(waits, default=0)
            if worst > 0:
                return TooSoon(waits.index(worst), worst)
            self._next.update(zip((pace.name for pace in paces), following, strict=True))
            if request:
                self._seen[request] = now + REMEMBERED_FOR
            self._forget_what_is_over(now)
        return None

    def _forget_what_is_over(self, now: int) -> None:
        for kept in (self._next, self._seen):
            if len(kept) > MOST_KEPT:
                for name in [name for name, until in kept.items() if until <= now]:
                    del kept[name]


_twin = Twin()


def take(paces: Sequence[Pace], request: str, now: int = 0) -> TooSoon | None:
    """As `Twin.take`, for all processes together where Redis is there."""
    try:
        arguments = (number for pace in paces for number in (pace.interval, pace.burst))
        at, wait = _TAKE.run(["sent:" + request, *("pace:" + pace.name for pace in paces)], now, *arguments)
    except Away:
        return _twin.take(paces, request, now)
    return TooSoon(int(at), int(wait)) if at >= 0 else None


def require(allowed: Sequence[Allowed], owner_id: uuid.UUID, request_id: uuid.UUID) -> None:
    """Raises Exceeded where the person, or somebody that they belong to, has sent too much in the last minute."""
    those = [(one, one.messages_per_minute) for one in allowed if one.messages_per_minute is not None]
    if not those:
        return
    too_soon = take([Pace.per_minute(one.subject, number) for one, number in those], f"{owner_id}:{request_id}")
    if too_soon is not None:
        one, number = those[too_soon.which]
        raise _exceeded(one, number, max(1, ceil(too_soon.wait / 1_000_000)))


def _exceeded(one: Allowed, number: int, seconds: int) -> Exceeded:
    messages = "one message" if number == 1 else f"{number:,} messages"
    who = f"There may be {messages} a minute from {one.whose} together" if one.whose else f"You may send {messages} a minute"
    again = "in a second" if seconds == 1 else f"in {seconds} seconds"
    return Exceeded(f"{who}. Send yours again {again}.", timezone.now() + timedelta(seconds=seconds))
