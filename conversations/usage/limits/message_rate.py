"""Messages a minute: so many at once, and so many a minute in the long run.

Counted in the transaction in which the reply begins, so a command that is refused or repeated counts nothing. By the clock of the
process, as leases and cool-downs are: a database that is only a file has none of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from time import time_ns
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from conversations.models import MessageRate
from conversations.usage.exceeded import Exceeded

from . import locks
from .in_force import Allowed
from .pace import MINUTE, Pace

DAY = 24 * 60 * MINUTE


class TooSoon(NamedTuple):
    """Which subject stands in the way longest, and for how many microseconds."""

    subject: str
    wait: int


def require(allowed: Sequence[Allowed]) -> None:
    """Raises Exceeded where the user, or a group of theirs, has sent too much in the last minute. Call it in that transaction."""
    those = {one.subject: (one, one.messages_per_minute) for one in allowed if one.messages_per_minute is not None}
    if not those:
        return
    paces = {subject: Pace.per_minute(number) for subject, (_, number) in those.items()}
    if (too_soon := take(paces, time_ns() // 1000)) is not None:
        raise _exceeded(*those[too_soon.subject], max(1, ceil(too_soon.wait / 1_000_000)))


def take(paces: dict[str, Pace], now: int) -> TooSoon | None:
    """Count one message at every subject, or at none. Returns what stands in its way."""
    arrivals = _locked(paces)
    worst = max((TooSoon(subject, pace.wait(arrivals[subject], now)) for subject, pace in paces.items()), key=lambda one: one.wait)
    if worst.wait > 0:
        return worst
    rows = [MessageRate(subject=subject, arrival=pace.following(arrivals[subject], now)) for subject, pace in sorted(paces.items())]
    MessageRate.objects.bulk_create(rows, update_conflicts=True, unique_fields=["subject"], update_fields=["arrival"])
    return None


class Room(NamedTuple):
    """How many messages a minute a subject may send, how many of them now, and in how many seconds all of them."""

    limit: int
    remaining: int
    reset_seconds: float


def room(allowed: Sequence[Allowed]) -> Room | None:
    """Of the subject that may send the fewest now. Reads only; None where no limit counts."""
    those = {one.subject: one.messages_per_minute for one in allowed if one.messages_per_minute is not None}
    if not those:
        return None
    arrivals = dict(MessageRate.objects.filter(subject__in=list(those)).values_list("subject", "arrival"))
    now = time_ns() // 1000
    rooms = []
    for subject, number in those.items():
        pace, arrival = Pace.per_minute(number), arrivals.get(subject, 0)
        rooms.append(Room(number, pace.left(arrival, now), pace.ahead(arrival, now) / 1_000_000))
    return min(rooms, key=lambda one: one.remaining)


def sweep() -> None:
    """Delete the rows of subjects that have sent nothing for a day: they are as if new."""
    idle = MessageRate.objects.filter(arrival__lt=time_ns() // 1000 - DAY)
    if idle.exists():  # on SQLite, deleting nothing locks the database as well
        with transaction.atomic():
            MessageRate.objects.filter(
                pk__in=list(idle.order_by("subject").select_for_update(skip_locked=True).values_list("pk", flat=True))
            ).delete()


def _locked(subjects: dict[str, Pace]) -> dict[str, int]:
    """The arrivals of these subjects, which no other transaction changes until this one ends."""
    rows = MessageRate.objects.filter(subject__in=list(subjects)).order_by("subject").select_for_update()
    arrivals = dict(rows.values_list("subject", "arrival"))
    if missing := subjects.keys() - arrivals.keys():  # only its first message: a row that isn't there can't be locked
        locks.hold(f"rate:{subject}" for subject in missing)
        arrivals |= dict(rows.filter(subject__in=missing).values_list("subject", "arrival"))
    return {subject: arrivals.get(subject, 0) for subject in subjects}


def _exceeded(one: Allowed, number: int, seconds: int) -> Exceeded:
    messages = "one message" if number == 1 else f"{number:,} messages"
    who = f"There may be {messages} a minute from {one.whose} together" if one.whose else f"You may send {messages} a minute"
    again = "in a second" if seconds == 1 else f"in {seconds} seconds"
    return Exceeded(f"{who}. Send yours again {again}.", timezone.now() + timedelta(seconds=seconds), is_brief=True)
