"""A browser: one socket, its one question, and the answer by the offset rule, with the delay of each token."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import orjson

from benchmarks.providers.upstream import TITLE, arrivals, now

from .observer import Observer
from .websocket import Connection


class Reader:
    """One socket and its one answer."""

    path = "/ws/"
    says_ready = True

    def __init__(self) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.titled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.delays: list[int] = []
        self.first = 0
        self.frames = 0
        self.text: list[str] = []
        self.reply = self.status = ""
        self.end: int | None = None
        self.errors: list[str] = []
        self.observer: Observer | None = None

    async def connect(self, port: int, cookie: str, other_port: int | None = None) -> None:
        self.connection = await Connection.to(port, cookie, self.received, self.lost, path=self.path)
        self.connected()
        if self.says_ready:
            await asyncio.wait_for(self.ready, 30)
        if other_port is not None:
            self.observer = Observer()
            await self.observer.connect(other_port, cookie)

    def connected(self) -> None:
        """What is said first, where the protocol wants it."""

    def ask(self, text: str) -> None:
        command = {"type": "send", "id": str(uuid.uuid4()), "conversation": None, "parent": None, "text": text}
        self.sent_at = now()
        self.connection.send(orjson.dumps({**command, "attachments": [], "prompt": None, "model": None}))

    def received(self, payload: bytes) -> None:
        at = now()
        frame = orjson.loads(payload)
        match frame["type"]:
            case "delta":
                self.frames += 1
                if self.fits(frame):
                    self.took(frame["text"], at)
            case "accepted" if self.observer is not None:
                self.observer.watch(frame["conversation"], frame["reply"])
            case "message" if frame["message"]["role"] == "assistant":
                self.reply, self.end = frame["message"]["id"], frame["message"]["end"]
            case "finished":
                self.status = frame["status"]
                if not self.ends(frame):
                    self.errors.append(f"finished at {frame['end']}, but we hold {self.end}")
                self.finish()
            case "conversation" if frame.get("title") == TITLE and not self.titled.done():
                self.titled.set_result(None)
            case "error":
                self.errors.append(f"{frame['code']}: {frame['detail']}")
                self.finish()
            case "ready":
                self.ready.set_result(None)

    def took(self, text: str, at: int) -> None:
        self.first = self.first or at
        self.text.append(text)
        self.delays.extend(arrivals(text, at))

    def ends(self, frame: dict[str, Any]) -> bool:
        return bool(frame["end"] == self.end)

    def fits(self, frame: dict[str, Any]) -> bool:
        if frame["offset"] != self.end:
            self.errors.append(f"a frame from {frame['offset']} to {frame['end']} while we hold {self.end}")
            return False
        self.end = frame["end"]
        return True

    def lost(self, reason: str) -> None:
        self.errors.append(reason)
        self.finish()

    def finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        if self.errors and not self.titled.done():
            self.titled.set_result(None)


class RelayReader(Reader):
    """At the plain relay, whose frames have no offsets."""

    says_ready = False

    def fits(self, frame: dict[str, Any]) -> bool:
        return True

    def ends(self, frame: dict[str, Any]) -> bool:
        return True
