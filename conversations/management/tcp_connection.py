"""A TCP connection that is closed when its client doesn't read, whatever is spoken over it."""

from __future__ import annotations

from typing import Any

from twisted.internet import tcp

UNREAD_SECONDS = 60
"""For so long a client may take nothing of what waits for it."""


class TCPConnection(tcp.Server):
    """Enters itself among its factory's `connections`, and leaves nothing there or in memory when it is lost."""

    _tempDataBuffer: list[bytes]  # noqa: N815
    _was_taken = False
    _unread_since: float | None = None

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.server.factory.connections.add(self)

    def doWrite(self) -> Any:  # noqa: N802  (Twisted's name; called when the kernel takes more, because the client took some)
        self._was_taken = True
        return super().doWrite()

    def check_reader(self, now: float) -> None:
        """Abort the connection if nothing of what waits was taken for UNREAD_SECONDS. `now` is in seconds, of any clock."""
        if not self._tempDataLen and self.offset == len(self.dataBuffer):
            self._unread_since = None
        elif self._was_taken or self._unread_since is None:
            self._unread_since = now
        elif now - self._unread_since > UNREAD_SECONDS:
            self.abortConnection()
        self._was_taken = False

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        super().connectionLost(reason)
        self.server.factory.connections.discard(self)
        self.dataBuffer, self._tempDataBuffer, self._tempDataLen, self.offset = b"", [], 0, 0  # objects may refer to us for long
