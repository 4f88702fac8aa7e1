"""A provider at a fixed pace: each stream sends its tokens on time, and each token says when it was sent.

    python -m benchmarks.providers.upstream        prints its port, then serves until it is ended

A question `bench:1000:50` is answered with 1,000 tokens at 50 a second, `bench:1000:0` with as many, as fast as they are read,
`bench:1000:50:90` with 90 characters more in each; any other at once, with a title.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from typing import cast

import uvloop

QUESTION = re.compile(r"bench:(\d+):(\d+)(?::(\d+))?")
TITLE = "A measured conversation"
TOKENS_PER_WRITE = 64
"""Where there is no pace."""
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nX-Request-Id: bench\r\n\r\n"


def now() -> int:
    """Microseconds on the clock that all processes of a machine share."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000


def token(padding: str = "") -> str:
    return f"{now():x}{padding} "


def arrivals(text: str, at: int) -> list[int]:
    """Microseconds from the sending of each token in `text` to `at`."""
    return [at - int(token.partition(".")[0], 16) for token in text.split()]


def _chunk(data: str) -> bytes:
    body = f"data: {data}\n\n".encode()
    return b"%x\r\n%b\r\n" % (len(body), body)


def _choice(delta: dict[str, str], finish_reason: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return json.dumps({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "bench", "choices": [choice]})


NO_LIST = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
BEFORE, AFTER = (part.encode() for part in f"data: {_choice({'content': '@'})}\n\n".split("@"))


class Upstream(asyncio.Protocol):
    """One connection; one answer at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self._buffer = cast(asyncio.Transport, transport), b""  # uvloop's own kind
        self._timer: asyncio.TimerHandle | asyncio.Handle | None = None
        self._loop = asyncio.get_running_loop()
        self._full = False
        self._left, self._pause = 0, 0.0

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
        if not end or len(rest) < (size := int(length[1]) if length else 0):
            return
        body, self._buffer = rest[:size], rest[size:]
        if body:
            self._answer(json.loads(body))
        else:  # the list of models, which a site reads every day
            self._transport.write(NO_LIST)

    def _answer(self, request: dict[str, object]) -> None:
        messages = request["messages"]
        assert isinstance(messages, list)
        question = QUESTION.fullmatch(str(messages[-1]["content"]).strip())
        self._transport.write(HEAD + _chunk(_choice({"role": "assistant", "content": ""})))
        if question is None:
            self._transport.write(_chunk(_choice({"content": TITLE})))
            self._end(5)
            return
        self._left, self._tokens = int(question[1]), int(question[1])
        self._padding = "." * int(question[3] or 0)
        rate = int(question[2])
        self._pause = 1 / rate if rate else 0.0
        if rate:
            self._due = self._loop.time()
            self._tick()
        else:
            self._pour()

    def _tick(self) -> None:
        self._transport.write(self._next())
        if self._left:
            self._due += self._pause
            self._timer = self._loop.call_at(self._due, self._tick)
        else:
            self._end(self._tokens)

    def _pour(self) -> None:
        self._transport.write(b"".join(self._next() for _ in range(min(TOKENS_PER_WRITE, self._left))))
        if not self._left:
            self._end(self._tokens)
        elif not self._full:
            self._timer = self._loop.call_soon(self._pour)

    def _next(self) -> bytes:
        self._left -= 1
        text = token(self._padding).encode()
        return b"%x\r\n%b%b%b\r\n" % (len(BEFORE) + len(text) + len(AFTER), BEFORE, text, AFTER)

    def pause_writing(self) -> None:
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        if self._left and not self._pause:
            self._timer = self._loop.call_soon(self._pour)

    def _end(self, tokens: int) -> None:
        usage = {"prompt_tokens": 20, "completion_tokens": tokens, "total_tokens": 20 + tokens}
        last = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "bench", "choices": [], "usage": usage}
        end = _chunk(_choice({}, "stop")) + _chunk(json.dumps(last)) + _chunk("[DONE]") + b"0\r\n\r\n"
        self._transport.write(end)


async def serve(protocol: type[Upstream]) -> None:
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(Upstream))
