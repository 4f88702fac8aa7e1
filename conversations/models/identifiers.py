"""Primary keys that sort by the time they were made, and text that every database can hold."""

import uuid

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """A version 7 UUID (RFC 9562): its order is the order of creation."""
    return uuid7()
