"""When users ask: by day and by night, on weekdays and on Sundays."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta

HOURS = (1, 1, 0.5, 0.5, 0.5, 1, 3, 7, 13, 16, 17, 15, 11, 14, 16, 16, 14, 11, 8, 6, 5, 4, 3, 2)
WEEKDAYS = (1.0, 1.1, 1.08, 1.05, 0.85, 0.28, 0.32)
GROWS_BY = 0.35
"""Over the month."""
HOUR = timedelta(hours=1)


def moments(number: int, first: datetime, end: datetime, rng: random.Random) -> list[datetime]:
    """`number` of them, in order."""
    hours = [first + count * HOUR for count in range(max(1, int((end - first) / HOUR)))]
    weights = [
        HOURS[hour.hour] * WEEKDAYS[hour.weekday()] * (1 + GROWS_BY * position / len(hours)) * rng.uniform(0.85, 1.15)
        for position, hour in enumerate(hours)
    ]
    return sorted(hour + rng.random() * HOUR for hour in rng.choices(hours, weights, k=number))


def id_at(moment: datetime, rng: random.Random) -> uuid.UUID:
    """A version 7 UUID as it would have been made then."""
    milliseconds = int(moment.timestamp() * 1000)
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | rng.getrandbits(12) << 64 | 2 << 62 | rng.getrandbits(62))
