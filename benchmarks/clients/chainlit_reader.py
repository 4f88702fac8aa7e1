"""A browser's socket at Chainlit, which speaks Socket.IO 5 over Engine.IO 4: one question, and the delays of its answer's tokens.

The packets are those of socket.io/docs/v4/engine-io-protocol and socket.io/docs/v4/socket-io-protocol, as text frames.
"""

from __future__ import annotations

import uuid

import orjson

from benchmarks.providers.upstream import now

from .reader import Reader

PING, PONG, CONNECT, CONNECTED, EVENT = b"2", b"3", b"40", b"40", b"42"


class ChainlitReader(Reader):
    path = "/ws/socket.io/?EIO=4&transport=websocket"

    def connected(self) -> None:
        self.connection.send(CONNECT + orjson.dumps({"sessionId": str(uuid.uuid4()), "clientType": "webapp"}))

    def ask(self, text: str) -> None:
        message = {"id": str(uuid.uuid4()), "name": "user", "type": "user_message", "output": text, "createdAt": "2026-01-01T00:00:00.000Z"}
        self.sent_at = now()
        self._emit("client_message", {"message": message, "fileReferences": []})

    def received(self, payload: bytes) -> None:
        if payload.startswith(EVENT):
            event, *fields = orjson.loads(payload[len(EVENT) :])
            self._event(event, fields[0] if fields else {}, now())
        elif payload.startswith(CONNECTED):
            self._emit("connection_successful")
        elif payload == PING:
            self.connection.send(PONG)

    def _event(self, event: str, fields: dict[str, str], at: int) -> None:
        match event:
            case "stream_start":  # it has the first token
                self._token(fields["output"], at)
            case "stream_token":
                self._token(fields["token"], at)
            case "task_end" if self.frames:
                self.status = "complete"
                self.finish()
            case "clear_call_fn" if not self.ready.done():
                self.ready.set_result(None)

    def _token(self, text: str, at: int) -> None:
        self.frames += 1
        self.took(text, at)

    def _emit(self, event: str, *fields: object) -> None:
        self.connection.send(EVENT + orjson.dumps([event, *fields]))
