"""An OpenAI-compatible server that does as it is told, misbehaviour at the TCP level included.

In a test: `async with ScriptedOpenAI() as server: server.script(Text("Hello"), Finish())`, then talk to `server.base_url`.
From a thread: `with ScriptedOpenAI.in_thread() as server: …`. By hand: `python -m tests.scripted_openai --port 9000`.
What isn't scripted is answered with an echo of the request.
"""

import argparse
import asyncio
import contextlib
import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

USAGE = {"input_tokens": 11, "cached_tokens": 3, "output_tokens": 7, "reasoning_tokens": 2}


class Gate:
    """Holds a stream at a point until a test opens it, from whichever thread."""

    def __init__(self) -> None:
        self._reached, self._open = threading.Event(), threading.Event()

    def open(self) -> None:
        self._open.set()

    async def reached(self, seconds: float = 5.0) -> None:
        """Wait until the server stands at this gate."""
        await self._wait(self._reached, seconds)

    def wait_until_reached(self, seconds: float = 5.0) -> None:
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


class Finish(NamedTuple):
    """Says that the answer is over, with its usage: "stop", "length", "content_filter", …"""

    reason: str = "stop"
    usage: dict[str, int] | None = USAGE
    done: bool = True


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


Step = Text | Reasoning | Refusal | Finish | Event | Raw | Wait | Hold | Reset | Hangup | Stay


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


@dataclass
class Request:
    """What the client sent, and when it left."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    gone: threading.Event = field(default_factory=threading.Event)

    @property
    def wire(self) -> str:
        return "responses" if self.path.endswith("/responses") else "chat_completions"

    @property
    def system(self) -> str:
        messages = self.body.get("messages", [])
        return str(self.body.get("instructions") or next((m["content"] for m in messages if m["role"] in ("system", "developer")), ""))

    @property
    def question(self) -> str:
        """The last thing that the user said."""
        turns = self.body.get("messages") or self.body.get("input") or []
        turns = [{"role": "user", "content": turns}] if isinstance(turns, str) else turns
        content = next((turn.get("content") or "" for turn in reversed(turns) if turn.get("role") == "user"), "")
        return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)

    @property
    def prefix(self) -> str:
        """The beginning of the answer that the server is asked to go on with."""
        last = (self.body.get("messages") or [{}])[-1]
        return str(last["content"]) if self.body.get("continue_final_message") and last.get("role") == "assistant" else ""

    async def client_left(self, seconds: float = 5.0) -> float:
        """Wait until the client has closed the connection; how long that took."""
        start = time.monotonic()
        while not self.gone.is_set():
            assert time.monotonic() - start < seconds, "The client did not close the connection."
            await asyncio.sleep(0.002)
        return time.monotonic() - start


def failure(status: int, message: str = "", *, headers: dict[str, str] | None = None, **fields: Any) -> Answer:
    """An HTTP error as OpenAI words it."""
    error = {"message": message or f"Error {status}", "type": "invalid_request_error", "param": None, "code": None} | fields
    return Answer(status=status, headers=headers or {}, body={"error": error})


class ScriptedOpenAI:
    """The server. `script` queues an answer; `answer_with` may be set to a function of the request instead."""

    def __init__(self, port: int = 0, *, api_key: str | None = None, interval: float = 0.0) -> None:
        self.port = port
        self.api_key = api_key
        self.interval = interval  # seconds between the words of an echo
        self.models: list[Any] = ["scripted-model"]
        self.requests: list[Request] = []
        self.answer_with: Callable[[Request], Answer | None] | None = None
        self.connections = 0
        self._queue: deque[Answer] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def streams(self) -> list[Request]:
        """The requests for an answer, without those for the list of models."""
        return [request for request in self.requests if request.method == "POST"]

    def script(self, *steps: Step, **options: Any) -> None:
        """Queue an answer made of these steps."""
        self._queue.append(Answer(steps=steps, **options))

    def queue(self, *answers: Answer) -> None:
        self._queue.extend(answers)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connection, "127.0.0.1", self.port, ssl=None, backlog=2048)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in [*self._tasks]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @classmethod
    @contextlib.contextmanager
    def in_thread(cls, **options: Any) -> Iterator[Self]:
        """The server on an event loop of its own, for tests that block."""
        server, end = cls(**options), asyncio.Event()
        started: Future[asyncio.AbstractEventLoop] = Future()

        async def serve() -> None:
            async with server:
                started.set_result(asyncio.get_running_loop())
                await end.wait()

        thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
        thread.start()
        loop = started.result(10)
        try:
            yield server
        finally:
            loop.call_soon_threadsafe(end.set)
            thread.join(10)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: asyncio.Task[None] = asyncio.current_task()  # type: ignore[assignment]
        self._tasks.add(task)
        self.connections += 1
        inbox = _Inbox(reader)
        try:
            while (request := await inbox.request()) is not None:
                self.requests.append(request)
                answering = asyncio.create_task(self._answer(request, writer))
                leaving = asyncio.create_task(inbox.until_more())
                try:
                    await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
                    if inbox.ended:
                        request.gone.set()
                        answering.cancel()
                    await answering
                    if writer.is_closing():
                        return
                    await leaving
                    if inbox.ended:
                        request.gone.set()
                finally:
                    answering.cancel()
                    leaving.cancel()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        answer = self._choose(request)
        out = _Outbox(writer, answer, request)
        for step in answer.before_headers:
            await out.take(step)
        if answer.body is not None or not (request.method == "POST" and request.body.get("stream")):
            body = answer.body if answer.body is not None else _whole(request, answer)
            await out.send_whole(body)
            return
        await out.begin()
        for step in answer.steps:
            await out.take(step)
        await out.end()

    def _choose(self, request: Request) -> Answer:
        if self.api_key is not None and request.headers.get("authorization") != f"Bearer {self.api_key}":
            return failure(401, "Incorrect API key provided.", code="invalid_api_key")
        if request.method == "GET" and request.path.endswith("/models"):
            data = [model if isinstance(model, dict) else {"id": model, "object": "model"} for model in self.models]
            return Answer(body={"object": "list", "data": data})
        if not request.path.endswith(("/chat/completions", "/responses")):
            return failure(404, "Not found.")
        answer = self.answer_with(request) if self.answer_with else None
        return answer or (self._queue.popleft() if self._queue else self._echo(request))

    def _echo(self, request: Request) -> Answer:
        text = f"You said: {request.question}" if request.question else "You said nothing."
        text = text.removeprefix(request.prefix)
        words = [Text(word if number == 0 else f" {word}") for number, word in enumerate(text.split(" "))]
        steps: list[Step] = []
        for word in words:
            steps += [word, Wait(self.interval)] if self.interval else [word]
        count = len(words)
        usage = {"input_tokens": len(json.dumps(request.body)) // 4, "cached_tokens": 0, "output_tokens": count, "reasoning_tokens": 0}
        return Answer(steps=(*steps, Finish("stop", usage)))


class _Inbox:
    """Reads requests, and notices when the client leaves."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._data = b""
        self.ended = False

    async def until_more(self) -> None:
        try:
            more = await self._reader.read(65536)
        except ConnectionError:
            more = b""
        self._data += more
        self.ended = not more

    async def request(self) -> Request | None:
        while b"\r\n\r\n" not in self._data:
            await self.until_more()
            if self.ended:
                return None
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        while len(self._data) < length and not self.ended:
            await self.until_more()
        body, self._data = self._data[:length], self._data[length:]
        return Request(method, path, headers, json.loads(body) if body else {})


class _Outbox:
    """Writes one answer in the words of the wire that was asked for."""

    def __init__(self, writer: asyncio.StreamWriter, answer: Answer, request: Request) -> None:
        self._writer, self._answer, self._request = writer, answer, request
        self._number = 0
        self._text = ""
        self._begun = False

    async def send_whole(self, body: object) -> None:
        text = isinstance(body, str)
        data = str(body).encode() if text else json.dumps(body).encode()
        self._head({"content-type": "text/html" if text else "application/json", "content-length": str(len(data))})
        self._writer.write(data)
        await self._writer.drain()

    async def begin(self) -> None:
        ending = {"transfer-encoding": "chunked"} if self._answer.chunked else {"connection": "close"}
        self._head({"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", **ending})
        self._begun = True
        if self._request.wire == "responses" and any(isinstance(step, Text | Finish) for step in self._answer.steps):
            await self._event({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress", "output": []}})
            await self._event({"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "content": []}})

    async def end(self) -> None:
        if self._writer.is_closing():
            return
        if self._answer.chunked:
            self._writer.write(b"0\r\n\r\n")
            await self._writer.drain()
        else:
            self._writer.close()

    async def take(self, step: Step) -> None:
        if isinstance(step, Wait):
            await asyncio.sleep(step.seconds)
        elif isinstance(step, Hold):
            await step.gate.pass_through()
        elif isinstance(step, Stay):
            await asyncio.sleep(3600)
        elif isinstance(step, Hangup):
            self._writer.close()
            raise ConnectionAbortedError
        elif isinstance(step, Reset):
            self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._writer.transport.abort()
            raise ConnectionAbortedError
        elif isinstance(step, Raw):
            await self._bytes(step.data)
        elif isinstance(step, Event):
            await self._event(step.data, step.name)
        elif isinstance(step, Finish):
            await self._finish(step)
        elif self._request.wire == "responses":
            await self._response_delta(step)
        else:
            await self._chunk(step)

    async def _chunk(self, step: Text | Reasoning | Refusal) -> None:
        names = {Text: "content", Reasoning: self._answer.reasoning_field, Refusal: "refusal"}
        delta = {"role": "assistant"} if self._number == 0 else {}
        await self._event(_chunk([{"index": 0, "delta": {**delta, names[type(step)]: step.text}, "finish_reason": None}]))

    async def _response_delta(self, step: Text | Reasoning | Refusal) -> None:
        names = {Text: "response.output_text.delta", Reasoning: "response.reasoning_summary_text.delta", Refusal: "response.refusal.delta"}
        self._text += step.text
        await self._event({"type": names[type(step)], "item_id": "item_1", "output_index": 0, "content_index": 0, "delta": step.text})

    async def _finish(self, step: Finish) -> None:
        if self._request.wire == "responses":
            status = "completed" if step.reason == "stop" else "incomplete"
            response: dict[str, Any] = {"id": "resp_1", "object": "response", "status": status, "usage": _response_usage(step.usage)}
            response["output"] = [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": self._text}]}]
            if status == "incomplete":
                reason = "max_output_tokens" if step.reason == "length" else step.reason
                response["incomplete_details"] = {"reason": reason}
            await self._event({"type": f"response.{status}", "response": response})
            return
        await self._event(_chunk([{"index": 0, "delta": {}, "finish_reason": step.reason}]))
        if step.usage is not None and (self._request.body.get("stream_options") or {}).get("include_usage"):
            await self._event({**_chunk([]), "usage": _chat_usage(step.usage)})
        if step.done:
            await self._bytes(b"data: [DONE]" + self._answer.newline * 2)

    async def _event(self, data: object, name: str | None = None) -> None:
        newline = self._answer.newline
        if isinstance(data, dict) and self._request.wire == "responses" and name is None:
            data.setdefault("sequence_number", self._number)
            name = data.get("type")
        self._number += 1
        head = b"" if name is None else b"event: " + name.encode() + newline
        await self._bytes(head + b"data: " + json.dumps(data).encode() + newline * 2)

    async def _bytes(self, data: bytes) -> None:
        size = self._answer.bytes_per_write or len(data)
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            self._writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if self._answer.chunked else piece)
            await self._writer.drain()
            if self._answer.bytes_per_write:
                await asyncio.sleep(0)

    def _head(self, headers: dict[str, str]) -> None:
        fields = {"x-request-id": "req_scripted"} | headers | self._answer.headers
        lines = [f"HTTP/1.1 {self._answer.status} Scripted", *(f"{name}: {value}" for name, value in fields.items())]
        self._writer.write("\r\n".join([*lines, "", ""]).encode())


def _chunk(choices: list[Any]) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "scripted-model", "choices": choices}


def _chat_usage(usage: dict[str, int] | None) -> dict[str, Any] | None:
    return usage and {
        "prompt_tokens": usage["input_tokens"],
        "completion_tokens": usage["output_tokens"],
        "total_tokens": usage["input_tokens"] + usage["output_tokens"],
        "prompt_tokens_details": {"cached_tokens": usage["cached_tokens"]},
        "completion_tokens_details": {"reasoning_tokens": usage["reasoning_tokens"]},
    }


def _response_usage(usage: dict[str, int] | None) -> dict[str, Any] | None:
    return usage and {
        "input_tokens": usage["input_tokens"],
        "input_tokens_details": {"cached_tokens": usage["cached_tokens"]},
        "output_tokens": usage["output_tokens"],
        "output_tokens_details": {"reasoning_tokens": usage["reasoning_tokens"]},
    }


def _whole(request: Request, answer: Answer) -> dict[str, Any]:
    """The answer in one piece, for clients that ask for no stream."""
    return whole_answer(request.wire, "".join(step.text for step in answer.steps if isinstance(step, Text)))


def whole_answer(wire: str, text: str) -> dict[str, Any]:
    """A complete answer as each wire words it."""
    if wire == "responses":
        content = [{"type": "output_text", "text": text, "annotations": []}]
        output = [{"type": "message", "role": "assistant", "content": content}]
        return {"id": "resp_1", "object": "response", "status": "completed", "output": output, "usage": _response_usage(USAGE)}
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], "usage": _chat_usage(USAGE)}


async def _serve(port: int, interval: float) -> None:
    async with ScriptedOpenAI(port, interval=interval) as server:
        print(f"OPENAI_BASE_URL={server.base_url}", flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description="Answers with an echo of what is asked.")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--interval", type=float, default=0.02, help="seconds between words")
    arguments = options.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(arguments.port, arguments.interval))
