"""How many talks there are at once in this process, for each user and together: each holds a connection and sound."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from conversations.commands.refusals import Refused
from conversations.process_cache import kept

_taken: Counter[uuid.UUID] = kept(Counter())


@contextmanager
def taken(user_id: uuid.UUID) -> Iterator[None]:
    """One of them, as long as this block. Raises Refused where there is none left."""
    if _taken[user_id] >= settings.REALTIME_PER_USER:
        raise Refused("too_many", "You are talking in another tab already. End that talk first.")
    if _taken.total() >= settings.REALTIME_AT_ONCE:
        raise Refused("too_many", "Too many users are talking right now. Try again in a few minutes.")
    _taken[user_id] += 1
    try:
        yield
    finally:
        _taken[user_id] -= 1
        if not _taken[user_id]:
            del _taken[user_id]
