"""Simulated users: they ask, stop, ask again, delete, disconnect in the middle of an answer, and reconnect to another process."""

from __future__ import annotations

import asyncio
import random
import uuid
from typing import Any

import orjson

from .observer import ENDED
from .shown_answers import Ledger
from .websocket import Connection

CSRF = "a" * 32  # Django compares the cookie with the header; a browser's would be as random as it likes
MAX_RUNNING_REPLIES = 3
WEIGHTS = {
    "ask": 30,
    "ask_more": 20,
    "stop": 10,
    "regenerate": 10,
    "resume": 8,
    "abort": 8,
    "leave": 4,
    "switch_conversation": 8,
    "delete": 4,
}


class SimulatedUser:
    def __init__(self, number: int, cookie: str, ports: list[int], ledger: Ledger) -> None:
        self._chance = random.Random(number)
        self._cookie, self._ports, self._ledger = cookie, ports, ledger
        self._connection: Connection | None = None
        self._ready = asyncio.Event()
        self._conversations: list[str] = []
        self._resync_due: dict[str, float] = {}
        self._port = ports[0]

    @property
    def connected(self) -> bool:
        return self._connection is not None

    async def live(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self._chance.uniform(0, 2))
        while loop.time() < until:
            try:
                if self._connection is None:
                    await self._connect()
                action = self._chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
                await getattr(self, action)()
            except (OSError, TimeoutError) as error:
                self._ledger.errors[type(error).__name__] += 1
                self._disconnect(abruptly=True)
            await asyncio.sleep(self._chance.uniform(0.1, 1.2))
        self._disconnect(abruptly=False)

    async def ask_once(self) -> None:
        """One question, until its answer has ended."""
        await self._connect()
        await self.ask()
        for _ in range(100):
            await asyncio.sleep(0.1)
            if self._ended(*ENDED):
                break
        self._disconnect(abruptly=False)

    async def ask(self) -> None:
        if len(self._running()) < MAX_RUNNING_REPLIES:
            self._send("send", conversation=None, parent=None, text=self._question(), attachments=[], prompt=None, model=None)

    async def ask_more(self) -> None:
        busy = {self._ledger.pages[message].conversation for message in self._running()}
        if free := [conversation for conversation in self._conversations if conversation not in busy]:
            fields: dict[str, Any] = {"text": self._question(), "attachments": [], "prompt": None, "model": None}
            self._send("send", conversation=self._chance.choice(free), parent=None, **fields)

    async def stop(self) -> None:
        if running := self._running():
            self._send("stop", message=self._chance.choice(running))

    async def regenerate(self) -> None:
        if ended := self._ended(*ENDED):
            self._send("regenerate", message=self._chance.choice(ended))

    async def resume(self) -> None:
        if ended := self._ended("stopped", "interrupted"):
            self._send("continue", message=self._chance.choice(ended))

    async def abort(self) -> None:
        self._disconnect(abruptly=True)

    async def leave(self) -> None:
        self._disconnect(abruptly=False)
        await asyncio.sleep(self._chance.uniform(0.5, 3))

    async def switch_conversation(self) -> None:
        if self._conversations:
            conversation = self._chance.choice(self._conversations)
            self._send("unwatch", conversation=conversation)
            self._send("watch", conversation=conversation)

    async def delete(self) -> None:
        if len(self._conversations) < 3:
            return
        conversation = self._conversations.pop(self._chance.randrange(len(self._conversations)))
        self._ledger.deleted.add(conversation)
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = f"POST /c/{conversation}/delete/ HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nCookie: {self._cookie}; csrftoken={CSRF}\r\n"
        writer.write(f"{head}X-CSRFToken: {CSRF}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        answered = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        self._ledger.errors[f"deletion answered with {answered[9:12].decode()}"] += b" 204 " not in answered[:20]

    def _question(self) -> str:
        return f"bench:{self._chance.randint(20, 400)}:{self._chance.choice([20, 50, 100])}"

    def _running(self) -> list[str]:
        return [message for message, page in self._mine() if page.status in ("pending", "streaming")]

    def _ended(self, *statuses: str) -> list[str]:
        return [message for message, page in self._mine() if page.status in statuses]

    def _mine(self) -> list[tuple[str, Any]]:
        return [(message, page) for message, page in self._ledger.pages.items() if page.conversation in self._conversations]

    async def _connect(self) -> None:
        self._port = self._chance.choice(self._ports)
        self._ready.clear()
        connection: list[Connection] = []
        lost = lambda reason: self._lost(connection, reason)  # noqa: E731
        connection.append(await Connection.to(self._port, self._cookie, self._received, lost))
        self._connection = connection[0]
        await asyncio.wait_for(self._ready.wait(), 30)
        for conversation in self._conversations[-6:]:
            self._send("watch", conversation=conversation)

    def _disconnect(self, *, abruptly: bool) -> None:
        if self._connection is not None:
            self._connection.close(abruptly=abruptly)
            self._connection = None

    def _lost(self, connection: list[Connection], reason: str) -> None:
        self._ledger.errors[reason] += 1
        if connection and self._connection is connection[0]:
            self._connection = None

    def _send(self, kind: str, **fields: Any) -> None:
        if self._connection is not None:
            self._connection.send(orjson.dumps({"type": kind, "id": str(uuid.uuid4()), **fields}))

    def _received(self, payload: bytes) -> None:
        frame = orjson.loads(payload)
        match frame["type"]:
            case "ready":
                self._ready.set()
            case "accepted":
                if frame["conversation"] not in self._conversations and frame["conversation"] not in self._ledger.deleted:
                    self._conversations.append(frame["conversation"])
            case "error":
                self._ledger.errors[frame["code"]] += 1
            case "message" | "snapshot" | "delta" | "finished":
                if not self._ledger.frame(frame):
                    self._resync(frame["conversation"])

    def _resync(self, conversation: str) -> None:
        """At most twice a second, as a page does, too."""
        loop = asyncio.get_running_loop()
        due = max(loop.time(), self._resync_due.get(conversation, 0.0) + 0.5)
        if due - loop.time() < 0.5:
            self._resync_due[conversation] = due
            loop.call_at(due, lambda: self._send("watch", conversation=conversation))
