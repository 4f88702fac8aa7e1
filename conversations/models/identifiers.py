"""Primary keys that sort by the time they were made."""

import uuid
from datetime import datetime

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A version 7 UUID (RFC 9562): its order is the order of creation."""
    return uuid7()


def first_id_at(moment: datetime) -> uuid.UUID:
    """The smallest id that can have been made at `moment` or later: finds rows by age through the primary key."""
    milliseconds = int(moment.timestamp() * 1000)
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62)
