"""The script of a test for the server: the steps of an answer, and the answer around them."""

import asyncio
import base64
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

USAGE = {"input_tokens": 11, "cached_tokens": 3, "output_tokens": 7, "reasoning_tokens": 2}


class Gate:
    """Holds a stream at a point until a test opens it, from whichever thread."""

    def __init__(self) -> None:
        self._reached, self._open = threading.Event(), threading.Event()

    def open(self) -> None:
        self._open.set()

    async def reached(self, seconds: float = 15.0) -> None:
        """Wait until the server stands at this gate."""
        await self._wait(self._reached, seconds)

    def wait_until_reached(self, seconds: float = 15.0) -> None:
        """The same, from a thread."""
        assert self._reached.wait(seconds), "The server did not reach the gate."

    async def pass_through(self) -> None:
        self._reached.set()
        await self._wait(self._open, 600.0)

    @staticmethod
    async def _wait(event: threading.Event, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not event.is_set():
            assert time.monotonic() < end, "The gate was not reached, or not opened, in time."
            await asyncio.sleep(0.002)


class Text(NamedTuple):
    text: str


class Reasoning(NamedTuple):
    text: str


class Refusal(NamedTuple):
    text: str


class ToolCall(NamedTuple):
    """A call of a tool begins; its arguments follow."""

    id: str
    name: str


class ToolArguments(NamedTuple):
    """A piece of the last call's arguments."""

    text: str


class Cites(NamedTuple):
    """The text so far is annotated with a page."""

    url: str
    title: str


class DrawingBegins(NamedTuple):
    """A call of the tool image_generation, and how far its picture comes. Chat Completions has none."""

    id: str = "ig_1"
    partials: tuple[bytes, ...] = ()


class DrawingEnds(NamedTuple):
    """The call is over: with the picture, or with nothing. `more`: further fields of its item."""

    data: bytes = b""
    id: str = "ig_1"
    more: dict[str, Any] = {}  # noqa: RUF012  (never changed)
    is_told: bool = True
    """Else the item only comes with the whole response."""


class Finish(NamedTuple):
    """Says that the answer is over, with its usage: "stop", "length", "content_filter", …"""

    reason: str = "stop"
    usage: dict[str, int] | None = USAGE
    done: bool = True
    tool_usage: dict[str, Any] | None = None


class Event(NamedTuple):
    """Any JSON at all, as one event."""

    data: object
    name: str | None = None


class Raw(NamedTuple):
    """Bytes that are sent as they are, within the body."""

    data: bytes


class Wait(NamedTuple):
    seconds: float


class Hold(NamedTuple):
    gate: Gate


class Reset(NamedTuple):
    """Break the connection with a TCP reset."""


class Hangup(NamedTuple):
    """Close the connection before the body is complete."""


class Stay(NamedTuple):
    """Say nothing more, but keep the connection open."""


Said = Text | Reasoning | Refusal | ToolCall | ToolArguments | Cites | DrawingBegins | DrawingEnds | Finish | Event | Raw
Step = Said | Wait | Hold | Reset | Hangup | Stay


@dataclass
class Answer:
    """How one request is answered: by `steps` as a stream, or in one piece with `body`."""

    steps: tuple[Step, ...] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None  # JSON, or a str that is sent as it is
    before_headers: tuple[Step, ...] = ()
    newline: bytes = b"\n"
    bytes_per_write: int = 0  # cut the stream into pieces of this size
    chunked: bool = True
    reasoning_field: str = "reasoning_content"
    media_type: str = ""  # of what is neither JSON nor events: its steps say bytes


def failure(status: int, message: str = "", *, headers: dict[str, str] | None = None, **fields: Any) -> Answer:
    """An HTTP error as OpenAI words it."""
    error = {"message": message or f"Error {status}", "type": "invalid_request_error", "param": None, "code": None} | fields
    return Answer(status=status, headers=headers or {}, body={"error": error})


def transcript(text: str, *segments: dict[str, Any], **usage: Any) -> Answer:
    """What was heard, with its usage as OpenAI tells it: of seconds, or of tokens."""
    body = {"text": text, "usage": usage or {"type": "duration", "seconds": 2}}
    return Answer(body={**body, "segments": list(segments)} if segments else body)


def embeddings(body: dict[str, Any]) -> Answer:
    """Vectors whose first number is the length of the text, as OpenAI gives them: as numbers, or in Base64."""
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    vectors: list[Any] = [[float(len(text)), 0.5] for text in texts]
    if body.get("encoding_format") == "base64":
        vectors = [base64.b64encode(struct.pack("<2f", *vector)).decode() for vector in vectors]
    data = [{"object": "embedding", "index": number, "embedding": vector} for number, vector in enumerate(vectors)]
    usage = {"prompt_tokens": 5, "total_tokens": 5}
    return Answer(body={"object": "list", "model": body["model"], "data": data, "usage": usage})


SOUND_FRAME = bytes.fromhex("fffbe064") + bytes(1040)
"""A frame of MP3: 26 ms of silence, in as many bytes as there can be. Chromium plays nothing of a sound before it has 64 KB of it, or all."""


def sound(seconds: float = 0.3, *steps: Step) -> Answer:
    """A silent sound; `steps` follow it."""
    return Answer(steps=(Raw(SOUND_FRAME * max(1, round(seconds / 0.02612))), *steps), media_type="audio/mpeg")
