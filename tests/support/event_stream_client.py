"""A client of the event stream and the posted commands, as a third party would write it from docs/protocol.md."""

from __future__ import annotations

import json
import re
from collections import deque
from typing import Any, Self

from channels.testing import HttpCommunicator
from django.test import AsyncClient

from chatbot.asgi import application
from conversations.models import User

from .socket_client import Socket


class EventStream(Socket):
    """As `Socket`, on the other transport. The frames that answer a command come before what is streamed meanwhile."""

    _wire: HttpCommunicator  # type: ignore[assignment]

    def __init__(self, user: User | None, *, origin: str | None = None, watched: tuple[object, ...] = (), **given: Any) -> None:
        super().__init__(user, origin=origin, **given)
        self.watched = list(map(str, watched))
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self._events: deque[str] = deque()
        self._answers: deque[str] = deque()

    async def open(self, method: str = "GET", query: str | None = None) -> Self:
        if query is None:
            query = "&".join(f"watch={conversation}" for conversation in self.watched)
        self._wire = HttpCommunicator(application, method, f"/events/?{query}", headers=await self._headers())
        if self.address:
            self._wire.scope["client"] = [self.address, 50_000]
        await self._wire.send_input({"type": "http.request", "body": b""})
        started = await self._wire.receive_output(timeout=10)
        self.status, self.headers = started["status"], dict(started["headers"])
        return self

    async def close(self) -> None:
        await self._wire.send_input({"type": "http.disconnect"})
        await self._wire.wait()

    async def event(self) -> str:
        """The next event that is no comment, without the empty line behind it."""
        while not self._events:
            chunk = (await self._wire.receive_output(timeout=10))["body"].decode()
            assert not chunk or chunk.endswith("\n\n")
            self._events.extend(event for event in chunk.split("\n\n") if event and not event.startswith(":"))
        return self._events.popleft()

    async def closed_with(self) -> int:
        while not (closed := re.fullmatch(r"event: close\ndata: (\d+)", await self.event())):
            pass
        return int(closed[1])

    async def raw(self, text: str) -> None:
        """Post a command."""
        _, frames = await self.post(text)
        self._answers.extend(frames)

    async def post(self, text: str | bytes, user: object = None) -> tuple[int, list[str]]:
        """The status, and the frames of the answer."""
        client = AsyncClient()
        client.cookies = self.client.cookies
        asked = user or (self.user.pk if self.user else "")
        response = await client.post(f"/commands/?user={asked}", text, content_type="application/json")
        is_answer = response.headers["Content-Type"] == "application/x-ndjson"
        return response.status_code, response.content.decode().splitlines() if is_answer else []

    async def watch(self, conversation: object) -> None:
        """Go on with a second stream that watches this, too."""
        self.watched.append(str(conversation))
        before = self._wire
        await self.open()
        assert json.loads((await self.event()).removeprefix("data: "))["type"] == "ready"
        await before.send_input({"type": "http.disconnect"})
        await before.wait()

    async def answer(self, text: str, conversation: object = None, **fields: Any) -> dict[str, Any]:
        """Send a message and wait for the end of its answer: the `finished` frame, or a snapshot, if it ended before it was watched."""
        accepted = await self.send(text, conversation, **fields)
        while (frame := await self.next())["type"] not in ("finished", "snapshot") or frame.get("status") in ("pending", "streaming"):
            assert frame["type"] != "error", frame
        assert frame["message"] == accepted["reply"]
        return frame

    async def _receive(self) -> str:
        if self._answers:
            answer = self._answers.popleft()
            frame = json.loads(answer)
            if frame["type"] == "accepted" and frame["conversation"] not in self.watched:
                await self.watch(frame["conversation"])
            return answer
        return (await self.event()).removeprefix("data: ")
