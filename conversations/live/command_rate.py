"""How many commands a client may send."""

from __future__ import annotations

from conversations.process_cache import kept

from .authentication import digest
from .token_bucket import TokenBucket

MOST_REMEMBERED = 10_000
"""Sessions whose posted commands are counted, before those are forgotten that may send as many again as any other."""


class CommandRate:
    """Of one socket, or of the session of commands that are posted."""

    def __init__(self) -> None:
        self.commands = TokenBucket(40, 10)
        self.refusals = TokenBucket(200, 10)
        """For commands beyond: a client that doesn't stop at those either is cut off."""


_by_session: dict[str, CommandRate] = kept({})
"""By the digest of its key, which takes the same memory whatever a client invents: the session is checked later."""


def of_session(session_key: str) -> CommandRate:
    """The rate of a session whose commands come in requests of their own, in this process."""
    session = digest(session_key)
    if (known := _by_session.get(session)) is None:
        if len(_by_session) >= MOST_REMEMBERED:
            for idle in [other for other, rate in _by_session.items() if rate.commands.is_full and rate.refusals.is_full]:
                del _by_session[idle]
        known = _by_session[session] = CommandRate()
    return known
