"""A client of the socket as a third party would write it from docs/protocol.md."""

from __future__ import annotations

import json
import uuid
from typing import Any, Self

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from chatbot.asgi import application
from conversations.models import User

from .scripted_realtime import LOUD, QUIET

ORIGIN = "http://localhost:8000"


class Socket:
    """Signed in as `user`. Keeps every frame, and the texts as the offset rule builds them.

    `address` is where it comes from, and `forwarded` what proxies say about that. `seconds` is how long it waits for a frame, by the event loop's
    clock.
    """

    path = "/ws/"

    def __init__(
        self,
        user: User | None,
        *,
        origin: str | None = ORIGIN,
        client: Client | None = None,
        address: str = "",
        forwarded: str = "",
        more_headers: tuple[tuple[bytes, bytes], ...] = (),
        seconds: float = 10.0,
    ) -> None:
        self.user, self.origin = user, origin
        self.address, self.forwarded, self.more_headers = address, forwarded, more_headers
        self.client = client or Client()
        self._seconds = seconds
        self.frames: list[dict[str, Any]] = []
        self.texts: dict[str, list[dict[str, Any]]] = {}
        self.ends: dict[str, int] = {}
        self.resyncs = 0

    async def open(self) -> Self:
        self._wire = WebsocketCommunicator(application, self.path, headers=await self._headers())
        if self.address:
            self._wire.scope["client"] = [self.address, 50_000]
        connected, _ = await self._wire.connect(timeout=self._seconds)
        assert connected
        return self

    async def _headers(self) -> list[tuple[bytes, bytes]]:
        if self.user is not None and settings.SESSION_COOKIE_NAME not in self.client.cookies:
            await sync_to_async(self.client.force_login)(self.user)
        headers = [(b"host", b"localhost:8000"), *self.more_headers]
        if self.origin is not None:
            headers.append((b"origin", self.origin.encode()))
        if cookie := self.client.cookies.get(settings.SESSION_COOKIE_NAME):
            headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie.value}".encode()))
        if self.forwarded:
            headers.append((b"x-forwarded-for", self.forwarded.encode()))
        return headers

    async def __aenter__(self) -> Self:
        await self.open()
        assert (await self.next())["type"] == "ready"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._wire.disconnect()

    async def closed_with(self) -> int:
        while True:
            output = await self._wire.receive_output(timeout=self._seconds)
            if output["type"] == "websocket.close":
                return output["code"]

    async def silent(self) -> bool:
        return await self._wire.receive_nothing()

    async def raw(self, text: str) -> None:
        await self._wire.send_to(text_data=text)

    async def command(self, kind: str, **fields: Any) -> str:
        """Send a command; returns its id."""
        fields.setdefault("id", str(uuid.uuid4()))
        await self.raw(json.dumps({"type": kind, **fields}, default=str))
        return fields["id"]

    async def send(self, text: str, conversation: object = None, **fields: Any) -> dict[str, Any]:
        """Send a message; returns the `accepted` frame."""
        request = await self.command("send", text=text, conversation=conversation, **fields)
        return await self.until("accepted", id=request)

    async def next(self) -> dict[str, Any]:
        frame = json.loads(await self._receive())
        self.frames.append(frame)
        self._apply(frame)
        return frame

    async def _receive(self) -> str:
        if not self._wire.output_queue.empty() and not self._wire.future.done():
            output = self._wire.output_queue.get_nowait()  # waiting for what is there costs more than most frames
            assert output["type"] == "websocket.send", output
            return output["text"]
        return await self._wire.receive_from(timeout=self._seconds)

    async def until(self, kind: str, **match: Any) -> dict[str, Any]:
        """The next frame of this type whose fields equal `match`; an unexpected error frame fails."""
        while True:
            frame = await self.next()
            if frame["type"] == kind and all(frame.get(name) == value for name, value in match.items()):
                return frame
            assert frame["type"] not in ("error", "ended"), frame

    async def next_error(self) -> dict[str, Any]:
        """The next error frame."""
        while (frame := await self.next())["type"] != "error":
            pass
        return frame

    async def until_ended(self, reply: str) -> None:
        """Until this watched reply has ended, perhaps before it was watched."""
        while (frame := await self.next())["type"] not in ("finished", "snapshot") or frame["status"] in ("pending", "streaming"):
            pass

    async def answer(self, text: str, conversation: object = None, **fields: Any) -> dict[str, Any]:
        """Send a message and wait for the end of its answer: the `finished` frame."""
        accepted = await self.send(text, conversation, **fields)
        return await self.until("finished", message=accepted["reply"])

    def text(self, message: str) -> str:
        """What this client shows of a message's text parts."""
        return "".join(part["text"] for part in self.texts[message] if part["type"] == "text")

    def _apply(self, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        if kind == "message":
            message = frame["message"]
            self.texts[message["id"]], self.ends[message["id"]] = [dict(part) for part in message["parts"]], message["end"]
        elif kind == "snapshot":
            self.texts[frame["message"]], self.ends[frame["message"]] = [dict(part) for part in frame["parts"]], frame["end"]
        elif kind == "delta" and frame["message"] in self.ends:
            parts, end = self.texts[frame["message"]], self.ends[frame["message"]]
            if frame["offset"] == end:
                while len(parts) <= frame["part"]:
                    parts.append({"type": frame["kind"], "text": ""})
                parts[frame["part"]]["text"] += frame["text"]
                self.ends[frame["message"]] = frame["end"]
            elif frame["end"] > end:
                self.resyncs += 1


class TalkSocket(Socket):
    """The same of a page that talks in speech. `sound` is what it was given to play."""

    path = "/ws/talk/"

    async def open(self) -> Self:
        self.sound = bytearray()
        return await super().open()

    async def talk(self, conversation: object = None, **fields: Any) -> dict[str, Any]:
        """Begin; returns the `talking` frame."""
        await self.command("talk", conversation=conversation, **fields)
        return await self.until("talking")

    async def say(self, *, loud: bytes = LOUD, quiet: bytes = QUIET) -> None:
        """Something that is taken for speech, and quiet after it."""
        for piece in (loud, *[quiet] * 13):
            await self._wire.send_to(bytes_data=piece)

    async def _receive(self) -> str:
        while "bytes" in (output := await self._wire.receive_output(timeout=self._seconds)):
            self.sound += output["bytes"]
        assert output["type"] == "websocket.send", output
        return str(output["text"])

    def _apply(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "caption":
            self.texts.setdefault(frame["reply"], [{"type": "text", "text": ""}])[0]["text"] += frame["text"]


class TrialSocket(Socket):
    """The same of a page on which prompts are tried."""

    path = "/ws/trials/"

    async def attempt(self, question: str = "What is a tide?", **fields: Any) -> str:
        """Begin a trial; returns its id."""
        turns = [{"role": "user", "text": question}]
        return await self.command("try", **{"system": "Be brief.", "model": "", "parameters": {}, "turns": turns, **fields})

    def _apply(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "delta":
            parts = self.texts.setdefault(frame["trial"], [])
            if not parts or parts[-1]["type"] != frame["kind"]:
                parts.append({"type": frame["kind"], "text": ""})
            parts[-1]["text"] += frame["text"]
        elif frame["type"] == "snapshot":
            self.texts[frame["trial"]] = [dict(part) for part in frame["parts"]]
