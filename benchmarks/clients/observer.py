"""A second socket of a reader's user, at another process: it watches the conversation there, by the offset rule."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from benchmarks.providers.upstream import arrivals, now

from .websocket import Connection

ENDED = ("complete", "stopped", "interrupted", "failed")
MIN_RESYNC_MICROSECONDS = 50_000


class Observer:
    """Opens before the load and watches once the conversation is known. Requests a snapshot where a position doesn't fit."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.done: asyncio.Future[None] = loop.create_future()
        self.delays: list[int] = []
        self.frames = self.resyncs = self.requested_at = 0
        self.text = self.status = ""
        self.end: int | None = None
        self.errors: list[str] = []

    async def connect(self, port: int, cookie: str) -> None:
        self.connection = await Connection.to(port, cookie, self.received, self.lost)
        await asyncio.wait_for(self.ready, 30)

    def watch(self, conversation: str, reply: str) -> None:
        self.conversation, self.reply = conversation, reply
        self._request_snapshot()

    def received(self, payload: bytes) -> None:
        at = now()
        frame = orjson.loads(payload)
        match frame["type"]:
            case "ready":
                self.ready.set_result(None)
            case "delta" if frame["message"] == self.reply:
                self._delta(frame, at)
            case "snapshot" if frame["message"] == self.reply:
                self._replace(frame["parts"], frame["end"], frame["status"])
            case "message" if frame["message"]["id"] == self.reply:
                self._replace(frame["message"]["parts"], frame["message"]["end"], frame["message"]["status"])
            case "finished" if frame["message"] == self.reply:
                if frame["end"] == self.end:
                    self._finish(frame["status"])
                else:
                    self._resync()
            case "error":
                self.lost(f"{frame['code']}: {frame['detail']}")

    conversation = reply = ""

    def _delta(self, frame: dict[str, Any], at: int) -> None:
        self.frames += 1
        if self.end is None:
            return  # the requested snapshot will come
        if frame["offset"] == self.end:
            self.text += frame["text"]
            self.end = frame["end"]
            self.delays.extend(arrivals(frame["text"], at))
        elif frame["end"] > self.end:
            self._resync()

    def _replace(self, parts: list[dict[str, Any]], end: int, status: str) -> None:
        if self.end is None or end >= self.end:
            self.text, self.end = "".join(part.get("text", "") for part in parts), end
        if status in ENDED:
            self._finish(status)

    def _resync(self) -> None:
        self.resyncs += 1
        if now() - self.requested_at > MIN_RESYNC_MICROSECONDS:  # else a snapshot is under way
            self._request_snapshot()
        else:
            asyncio.get_running_loop().call_later(0.05, self._request_snapshot)

    def _request_snapshot(self) -> None:
        if not self.done.done():
            self.requested_at = now()
            self.connection.send(orjson.dumps({"type": "watch", "id": None, "conversation": self.conversation}))

    def _finish(self, status: str) -> None:
        self.status = status
        if not self.done.done():
            self.done.set_result(None)

    def lost(self, reason: str) -> None:
        self.errors.append(f"second socket: {reason}")
        self._finish("")
