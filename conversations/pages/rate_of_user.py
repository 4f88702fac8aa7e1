"""How often a user may ask for something that is asked over HTTP."""

from __future__ import annotations

import uuid

from conversations.live.token_bucket import TokenBucket
from conversations.process_cache import kept

MOST_REMEMBERED = 1_000
"""Users whose requests are counted, before those are forgotten that may send as many again as any other."""


class RateOfUser:
    """In this process."""

    def __init__(self, at_once: int, per_second: float) -> None:
        self._at_once, self._per_second = at_once, per_second
        self._by_user: dict[uuid.UUID, TokenBucket] = kept({})

    def take(self, user_id: uuid.UUID) -> bool:
        """Whether the user may ask now."""
        if (known := self._by_user.get(user_id)) is None:
            if len(self._by_user) >= MOST_REMEMBERED:
                for idle in [other for other, rate in list(self._by_user.items()) if rate.is_full]:
                    self._by_user.pop(idle, None)
            known = self._by_user[user_id] = TokenBucket(self._at_once, self._per_second)
        return known.take()
