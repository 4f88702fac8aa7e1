"""A provider's Realtime API as it is documented, with a script: https://platform.openai.com/docs/api-reference/realtime.

It notices by loudness when the user speaks, as its “server_vad” does, and can misbehave: refuse, break off, fail, or say nothing.
"""

from __future__ import annotations

import asyncio
import base64
import json
from array import array
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from .scripted_openai.script import Gate
from .server_threads import in_thread

BYTES_PER_SECOND = 48_000
LOUD = array("h", [9_000, -9_000] * 600).tobytes()
"""50 ms of what is taken for speech, and as much of quiet."""
QUIET = bytes(len(LOUD))
QUIET_ENDS = BYTES_PER_SECOND * 6 // 10
USAGE = {
    "total_tokens": 350,
    "input_tokens": 200,
    "output_tokens": 150,
    "input_token_details": {
        "text_tokens": 80,
        "audio_tokens": 120,
        "cached_tokens": 64,
        "cached_tokens_details": {"text_tokens": 24, "audio_tokens": 40},
    },
    "output_token_details": {"text_tokens": 30, "audio_tokens": 120},
}


class Say(NamedTuple):
    """A piece of the transcript, and so long a sound."""

    text: str
    seconds: float = 0.05


class Hold(NamedTuple):
    gate: Gate


class HangUp(NamedTuple):
    code: int = 1011


class Fail(NamedTuple):
    """The response fails with this error."""

    error: dict[str, Any]


class Error(NamedTuple):
    """An event of the type “error”, after which the session goes on."""

    error: dict[str, Any]


class Odd(NamedTuple):
    """An event that no documentation has."""

    event: dict[str, Any]


class Silence(NamedTuple):
    """Nothing more comes of this response."""


Step = Say | Hold | HangUp | Fail | Error | Odd | Silence
RATE_LIMIT = {"type": "rate_limit_error", "code": "rate_limit_exceeded", "message": "Rate limit reached. Please try again in 20s."}


class Session:
    """One connection: `received` are all events but those of sound, `heard` is the sound."""

    def __init__(self, server: ScriptedRealtime, socket: ServerConnection) -> None:
        self.server, self.socket = server, socket
        self.received: list[dict[str, Any]] = []
        self.heard = bytearray()
        self.settings: dict[str, Any] = {}
        self._speaking = False
        self._quiet = self._items = 0
        self._response: asyncio.Task[None] | None = None

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.received if event["type"] == kind]

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, "event_id": f"event_{id(fields)}", **fields}))

    async def follow(self) -> None:
        await self.send("session.created", session={"type": "realtime", "id": "sess_1"})
        try:
            async for message in self.socket:
                event = json.loads(message)
                if event["type"] == "input_audio_buffer.append":
                    await self._hear(base64.b64decode(event["audio"]))
                else:
                    self.received.append(event)
                    await self._take(event)
        except ConnectionClosed:
            pass
        finally:
            if self._response is not None:
                self._response.cancel()

    async def _take(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "session.update":
                if (error := self.server.session_error) is not None:
                    await self.send("error", error={**error, "event_id": event.get("event_id")})
                    return
                self.settings = event["session"]
                await self.send("session.updated", session=self.settings)
            case "response.create":
                self._response = asyncio.create_task(self._respond(event))
            case "response.cancel":
                await self._cancel("client_cancelled")
            case "conversation.item.truncate":
                await self.send("conversation.item.truncated", item_id=event["item_id"], audio_end_ms=event["audio_end_ms"])

    async def _hear(self, sound: bytes) -> None:
        self.heard += sound
        is_loud = max(map(abs, array("h", sound)), default=0) > 2_000
        if is_loud and not self._speaking:
            self._speaking, self._items = True, self._items + 1
            await self._cancel("turn_detected")
            await self.send("input_audio_buffer.speech_started", audio_start_ms=0, item_id=f"item_{self._items}")
        self._quiet = 0 if is_loud else self._quiet + len(sound)
        if self._speaking and self._quiet >= QUIET_ENDS:
            self._speaking = False
            await self._commit(f"item_{self._items}")

    async def _commit(self, item: str) -> None:
        await self.send("input_audio_buffer.speech_stopped", audio_end_ms=0, item_id=item)
        await self.send("input_audio_buffer.committed", item_id=item, previous_item_id=None)
        if "transcription" not in self.settings.get("audio", {}).get("input", {}) or not self.server.transcribes:
            return
        said = self.server.questions.popleft() if self.server.questions else "What was said?"
        kind = "conversation.item.input_audio_transcription."
        await self.send(f"{kind}delta", item_id=item, content_index=0, delta=said[:4])
        usage = {"type": "tokens", "input_tokens": 20, "output_tokens": 5, "total_tokens": 25, "input_token_details": {"audio_tokens": 20}}
        await self.send(f"{kind}completed", item_id=item, content_index=0, transcript=said, usage=usage)

    async def _cancel(self, reason: str) -> None:
        if self._response is None or self._response.done():
            if reason == "client_cancelled":
                await self.send("error", error={"type": "invalid_request_error", "code": "response_cancel_not_active", "message": "None."})
            return
        self._response.cancel()
        if reason == "client_cancelled":  # it was on its way
            await self.send("response.output_audio.delta", delta=base64.b64encode(LOUD).decode(), response_id=self._id, item_id="spoken")
        await self._end("cancelled", {"type": "cancelled", "reason": reason})

    async def _respond(self, event: dict[str, Any]) -> None:
        self.server.responses += 1
        self._id = f"resp_{self.server.responses}"
        steps = self.server.answers.popleft() if self.server.answers else (Say("You said "), Say("it."))
        about = {"response_id": self._id, "item_id": f"spoken_{self.server.responses}", "output_index": 0, "content_index": 0}
        await self.send("response.created", response={"id": self._id, "status": "in_progress"})
        for step in steps:
            match step:
                case Say(text, seconds):
                    await self.send("response.output_audio_transcript.delta", delta=text, **about)
                    sound = LOUD[:2400] * round(seconds * 20)
                    await self.send("response.output_audio.delta", delta=base64.b64encode(sound).decode(), **about)
                case Hold(gate):
                    await gate.pass_through()
                case HangUp(code):
                    await self.socket.close(code)
                    return
                case Fail(error):
                    await self._end("failed", {"type": "failed", "error": error})
                    return
                case Error(error):
                    await self.send("error", error={**error, "event_id": event.get("event_id")})
                case Odd(odd):
                    await self.socket.send(json.dumps(odd))
                case Silence():
                    await asyncio.Event().wait()
        await self._end("completed", None)

    async def _end(self, status: str, details: dict[str, Any] | None) -> None:
        usage = USAGE if status != "failed" else None
        await self.send("response.done", response={"id": self._id, "status": status, "status_details": details, "usage": usage})


class ScriptedRealtime:
    """`answers` are scripts of responses, in their order; `questions` what is understood of the user."""

    def __init__(self) -> None:
        self.answers: deque[tuple[Step, ...]] = deque()
        self.questions: deque[str] = deque()
        self.refusals: deque[tuple[int, dict[str, Any]]] = deque()
        """HTTP statuses and bodies in place of the next connections."""
        self.redirects_to = ""
        self.session_error: dict[str, Any] | None = None
        self.transcribes = True
        self.sessions: list[Session] = []
        self.requests: list[Request] = []
        self.responses = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def models(self) -> list[str]:
        """That were asked for, by connection."""
        return [parse_qs(urlsplit(request.path).query)["model"][0] for request in self.requests]

    async def __aenter__(self) -> Self:
        self._server: Server = await serve(self._follow, "127.0.0.1", 0, process_request=self._admit)
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    @classmethod
    @contextmanager
    def in_thread(cls) -> Iterator[Self]:
        """On an event loop of its own, for tests that block."""
        server = cls()
        with in_thread(server):
            yield server

    async def _follow(self, socket: ServerConnection) -> None:
        self.sessions.append(session := Session(self, socket))
        await session.follow()

    def _admit(self, socket: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        if self.redirects_to:
            away = Headers({"Location": self.redirects_to, "Content-Length": "0", "Connection": "close"})
            return Response(307, HTTPStatus(307).phrase, away, b"")
        if not self.refusals:
            return None
        status, body = self.refusals.popleft()
        content = json.dumps(body).encode()
        about = Headers({"Content-Type": "application/json", "Content-Length": str(len(content)), "Connection": "close"})
        return Response(status, HTTPStatus(status).phrase, about, content)
