"""The server itself."""

import asyncio
import contextlib
import json
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Self

from tests.support.listener import Listener
from tests.support.server_threads import in_thread

from .background import BackgroundResponse
from .outbox import Outbox
from .received import Inbox, Request
from .script import Answer, Finish, Step, Text, Wait, embeddings, failure, sound, transcript


class ScriptedOpenAI:
    """The server. `script` queues an answer; `answer_with` may be set to a function of the request instead."""

    running: ClassVar[weakref.WeakSet["ScriptedOpenAI"]] = weakref.WeakSet()

    def __init__(self, port: int = 0, *, api_key: str | None = None, interval: float = 0.0) -> None:
        self.port = port
        self.api_key = api_key
        self.interval = interval  # seconds between the words of an echo
        self.models: list[Any] = ["scripted-model"]
        self.requests: list[Request] = []
        self.answer_with: Callable[[Request], Answer | None] | None = None
        self.connections = 0
        self.background: dict[str, BackgroundResponse] = {}
        self.cancelled: list[str] = []  # the ids of background responses
        self.sounds: deque[Answer] = deque()
        """What is answered where something is to be read aloud; an own queue, for an answer may be written meanwhile."""
        self._queue: deque[Answer] = deque()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def streams(self) -> list[Request]:
        """The requests for a new answer, without those for the list of models or for a background response."""
        return [request for request in self.requests if request.method == "POST" and not request.response_id]

    def script(self, *steps: Step, **options: Any) -> None:
        """Queue an answer made of these steps."""
        self._queue.append(Answer(steps=steps, **options))

    def queue(self, *answers: Answer) -> None:
        self._queue.extend(answers)

    def forget_script(self) -> None:
        self._queue.clear()
        self.sounds.clear()

    async def __aenter__(self) -> Self:
        self._listener = await Listener(self._connection, self.port, backlog=2048).__aenter__()
        self.port = self._listener.port
        self.running.add(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.running.discard(self)
        for response in self.background.values():
            response.cancel()
        await self._listener.__aexit__()

    @classmethod
    @contextlib.contextmanager
    def in_thread(cls, **options: Any) -> Iterator[Self]:
        """The server on an event loop of its own, for tests that block."""
        server = cls(**options)
        with in_thread(server):
            yield server

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        inbox = Inbox(reader)
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

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        answer = self._choose(request)
        out = Outbox(writer, answer, request)
        if answer.body is not None or request.wire != "responses":
            await out.send()
        elif request.method == "GET":
            await out.send_background(self.background[request.response_id], int(request.query.get("starting_after", -1)))
        elif request.body.get("background") and request.body.get("stream"):
            response = BackgroundResponse(f"resp_{len(self.background) + 1}", request, answer)
            self.background[response.id] = response
            await out.send_background(response, None)
        else:
            await out.send()

    def _choose(self, request: Request) -> Answer:
        if self.api_key is not None and request.headers.get("authorization") != f"Bearer {self.api_key}":
            return failure(401, "Incorrect API key provided.", code="invalid_api_key")
        if request.method == "GET" and request.path.endswith("/models"):
            data = [model if isinstance(model, dict) else {"id": model, "object": "model"} for model in self.models]
            return Answer(body={"object": "list", "data": data})
        answer = self.answer_with(request) if self.answer_with else None
        if answer is not None:
            return answer
        if request.response_id:
            return self._of_background(request)
        if request.path.endswith(("/audio/transcriptions", "/audio/translations")):
            return self._queue.popleft() if self._queue else transcript("What was said.")
        if request.path.endswith("/embeddings"):
            return self._queue.popleft() if self._queue else embeddings(request.body)
        if request.path.endswith("/audio/speech"):
            return self.sounds.popleft() if self.sounds else sound()
        if not request.path.endswith(("/chat/completions", "/responses", "/images/generations", "/images/edits")):
            return failure(404, "Not found.")
        return self._queue.popleft() if self._queue else self._echo(request)

    def _of_background(self, request: Request) -> Answer:
        response = self.background.get(request.response_id)
        if response is None:
            return failure(404, f"Response with id '{request.response_id}' not found.")
        if request.path.endswith("/cancel"):
            self.cancelled.append(response.id)
            response.cancel()
            return Answer(body=response.document)
        return Answer() if request.query.get("stream") == "true" else Answer(body=response.document)

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
