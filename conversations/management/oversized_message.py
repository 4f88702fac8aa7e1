"""A WebSocket message that is too long to be taken: it is passed over as it arrives, and then answered like any other bad command."""

from __future__ import annotations

import re

KEPT_BYTES = 1024
"""At each end. There clients write the command's id."""
MAX_SKIPPED_BYTES = 64 * 1024 * 1024
"""What announces or sends more is closed with 1009: reading costs processor time."""

_ID = re.compile(rb'(?<=[{,\s])"id"\s*:\s*"([0-9a-fA-F-]{32,36})"')


class OversizedMessage:
    """Counts a message's bytes and keeps its two ends, whatever its size and in however many pieces it comes."""

    def __init__(self, begin: bytes = b"") -> None:
        self.size = 0
        self._head, self._tail = b"", b""
        self.add(begin)

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if (room := KEPT_BYTES - len(self._head)) > 0:
            self._head += piece[:room]
        self._tail = (self._tail + piece[-KEPT_BYTES:])[-KEPT_BYTES:]

    @property
    def request_id(self) -> str | None:
        """The command's id, where it is near one of the ends. In the text of a message the quotation marks would be escaped."""
        found = _ID.findall(self._tail)[-1:] or _ID.findall(self._head)[:1]
        return found[0].decode() if found else None
