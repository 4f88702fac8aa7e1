"""How many jobs a worker runs at once, so that long ones keep no others waiting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from . import queue, tasks
from .tasks import Lane

SLOTS = {Lane.SHORT: 3, Lane.READING: 2, Lane.WAITED_FOR: 2, Lane.LONG: 2}
"""Of each lane, in one process."""


def kinds_with_room(running: Iterable[Lane]) -> list[str]:
    """Those of due jobs in whose lane one more may run beside those that do."""
    taken = Counter(running)
    free = {lane for lane, slots in SLOTS.items() if taken[lane] < slots}
    return [kind for kind in queue.due_kinds() if tasks.lane_of(kind) in free] if free else []
