"""A tab behind a proxy that blocks WebSockets: an event stream, and commands that are posted."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import time
from collections import deque
from urllib.parse import urlsplit

from .tab import Frame, Tab

LOST = 0
"""The code of a stream that just ended."""


class StreamTab(Tab):
    """As `Tab`. `posts_to` is where its commands go, if not where its stream comes from: a proxy may send each request elsewhere."""

    posts_to = ""

    def __init__(self, session: str, address: str) -> None:
        self._stream: socket.socket | None = None
        self._answers: deque[Frame] = deque()
        self._user = ""
        self.connects = 0
        super().__init__(session, address)

    def connect(self, address: str) -> None:
        self.address = address
        before, host = self._stream, urlsplit(address)
        query = "&".join(f"watch={conversation}" for conversation in sorted(self.watched))
        self._stream = socket.create_connection((host.hostname or "", host.port or 80), 15)
        # Before HTTP/1.1 there were no chunks: what comes is the stream.
        self._stream.sendall(f"GET /events/?{query} HTTP/1.0\r\nHost: {host.netloc}\r\nCookie: {self._cookie}\r\n\r\n".encode())
        self._read = b""
        self.connects += 1
        head = self._until(b"\r\n\r\n", 15)
        assert head is not None
        assert b" 200 " in head.splitlines()[0]
        welcome = self._event(15)
        assert isinstance(welcome, dict)
        assert welcome["type"] == "ready"
        self._user = welcome["user"]
        if before is not None:
            before.close()

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:
            self._stream.close()

    def reset(self) -> None:
        """As a client that crashes."""
        assert self._stream is not None
        self._stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._stream.close()

    def watch(self, conversation: str) -> None:
        self.watched.add(conversation)
        self.connect(self.address)

    def command(self, kind: str, **fields: object) -> str:
        fields.setdefault("id", self.new_id())
        if kind == "watch":
            self.watch(str(fields["conversation"]))
            return str(fields["id"])
        token = "t" * 32
        headers = {"Cookie": f"{self._cookie}; csrftoken={token}", "X-CSRFToken": token, "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(urlsplit(self.posts_to or self.address).netloc, timeout=30)
        connection.request("POST", f"/commands/?user={self._user}", json.dumps({"type": kind, **fields}), headers)
        response = connection.getresponse()
        assert response.status == 200, response.status
        self._answers.extend(map(json.loads, response.read().splitlines()))
        connection.close()
        return str(fields["id"])

    def accepted(self, kind: str, **fields: object) -> Frame:
        watched = set(self.watched)
        accepted = super().accepted(kind, **fields)
        if accepted["conversation"] not in watched:
            self.connect(self.address)
        return accepted

    def next(self, seconds: float = 15) -> Frame:
        frame = self._answers.popleft() if self._answers else self._event(seconds)
        if not isinstance(frame, dict):
            raise ConnectionResetError(frame)
        self.frames.append(frame)
        self._apply(frame)
        return frame

    def close_code(self, seconds: float = 15) -> int | None:
        try:
            while True:
                self.next(seconds)
        except ConnectionResetError as closed:
            return closed.args[0]

    def _event(self, seconds: float) -> Frame | int:
        """The next frame, or the code with which the stream ended."""
        deadline = time.monotonic() + seconds
        while (event := self._until(b"\n\n", deadline - time.monotonic())) is not None:
            if event.startswith(b"data: "):
                return json.loads(event.removeprefix(b"data: "))
            if event.startswith(b"event: close\ndata: "):
                return int(event.removeprefix(b"event: close\ndata: "))
        return LOST

    def _until(self, mark: bytes, seconds: float) -> bytes | None:
        """What comes before the mark; None at the end of the stream. Raises TimeoutError."""
        assert self._stream is not None
        deadline = time.monotonic() + seconds
        while mark not in self._read:
            self._stream.settimeout(max(0.001, deadline - time.monotonic()))
            if not (chunk := self._stream.recv(1 << 20)):
                return None
            self._read += chunk
        before, _, self._read = self._read.partition(mark)
        return before
