"""An answer's stream, which yields its parts."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from time import monotonic
from types import TracebackType
from typing import Any, Final, Self, cast

import httpx2

from . import (
    chat_completions,
    clients,
    connections,
    detached,
    encoded_pictures,
    error_reading,
    finish_reasons,
    header_templates,
    image_refusals,
    large_bodies,
    optional_fields,
    responses,
)
from .answer import Answer, Wire
from .byte_stream import ByteStream, byte_stream
from .drawn import DrawnPictures
from .endpoint import THINKING_TAKES, Endpoint
from .errors import ProviderError
from .large_bodies import LargeBody
from .parts import Delta, Finish, Part
from .position import Position
from .request import Request
from .system_role import SYSTEM_ROLE
from .wire_events import WireEvents

IDLE_CONNECTIONS = 3
"""So many connections that the server had just closed are passed over in silence."""
# How long a finished answer waits for its usage.
USAGE_SECONDS = 5.0

_WIRES: Final[dict[str, Wire]] = {"responses": responses, "chat_completions": chat_completions}


class Stream:
    """Yields lists of parts: all that arrived together. Ends only after a Finish; whatever else happens raises ProviderError.

    Leaving it early ends the answer, unless `leave_running` was set before and the provider can go on without us.
    """

    def __init__(self, endpoint: Endpoint, request: Request, resume_at: Position | None = None) -> None:
        self._endpoint = endpoint
        self._request = request
        self._has_files = request.has_files
        self._headers = header_templates.filled(endpoint.header_templates, request) if endpoint.header_templates else {}
        if request.traceparent:
            self._headers["traceparent"] = request.traceparent
        self._wire = _WIRES[endpoint.api]
        self._answer: Answer = self._wire.new_answer(endpoint, request, resume_at)
        self.leave_running = False
        self._events = WireEvents(endpoint, encoded_pictures.LARGEST_EVENT) if request.drawing else WireEvents(endpoint)
        self._response: httpx2.Response | None = None
        self._bytes: ByteStream | None = None
        self._spoken = self._draws = False
        thinks = "reasoning_effort" in request.parameters
        self._patience = endpoint.first_token_seconds * (THINKING_TAKES if thinks else 1)
        self.rejected: dict[str, ProviderError] = {}
        """Optional fields that the server refused, and without which the request was sent again."""
        self._heard = monotonic()
        self._begun = False
        """Something of the answer has come. Until then the patience is for all that comes together, and not for each read."""
        self._ended = False
        self._failure: ProviderError | None = None

    @property
    def position(self) -> Position | None:
        """Where another stream can take up after what was yielded, if the provider goes on without us."""
        return None

    async def cancel(self) -> None:
        """End an answer that the provider goes on with although its stream broke. What goes wrong is logged."""

    @property
    def image_tokens(self) -> tuple[int | None, int | None]:
        """What of the usage's input and output are images, as far as the provider told."""
        return None, None

    @property
    def audio_tokens(self) -> tuple[int | None, int | None]:
        """What of them are sound, likewise."""
        return self._answer.audio_tokens

    @property
    def drawn(self) -> DrawnPictures | None:
        """The pictures that the model drew amid the answer, where it may."""
        return self._answer.drawn

    @property
    def is_open(self) -> bool:
        """Whether the server began to answer, which it may charge for."""
        return self._response is not None

    @property
    def request_id(self) -> str | None:
        """The provider's own number for this request."""
        return error_reading.request_id(self._response.headers, self._endpoint) if self._response is not None else None

    async def __aenter__(self) -> Self:
        sent_in_vain = 0
        while True:
            known = {*self._endpoint.rejected, *self.rejected}
            body = await self._body(known)
            failure: ProviderError
            self._heard = monotonic()
            try:
                self._response = await self._open(body)
                self._bytes = byte_stream(self._response)
                return self
            except error_reading.WIRE_TROUBLE as error:
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise asyncio.CancelledError from None  # the library took it for a lost connection: asking again would undo a stop
                if error_reading.was_never_sent(error) and sent_in_vain < IDLE_CONNECTIONS:
                    sent_in_vain += 1
                    continue
                failure = error_reading.from_exception(error, self._endpoint)
                if self._has_files:
                    failure = image_refusals.read(failure)
            # Raised here, outside the handler, so that no traceback leads to the frames that hold the key.
            if (field := optional_fields.rejected_field(failure, self._fields(known), known)) is None:
                raise failure
            self.rejected[field] = failure

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        response, stream, self._bytes = self._response, self._bytes, None
        if response is None or stream is None:
            return
        stream.resume()
        if self._ended and error is None and not stream.at_end:
            detached.start(connections.read_to_the_end(response, stream))
        else:
            await connections.close(response)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[Part]:
        while not self._ended and self._bytes is not None:
            if parts := await self._advance(self._bytes):
                return parts
        failure, self._failure = self._failure, None
        if failure is not None:
            if self._has_files and not self._answer.deltas.kinds:  # some servers accept the request, and refuse in the stream
                failure = image_refusals.read(failure)
            # The frames in which it arose hold what the server sent, which may repeat the key.
            raise failure.with_traceback(None)
        raise StopAsyncIteration

    def pause(self) -> None:
        """Stop reading from the transport, so that what arrives gathers in the kernel. Does nothing where that is impossible."""
        if self._bytes is not None:
            self._bytes.pause()

    def resume(self) -> None:
        """Read again."""
        if self._bytes is not None:
            self._bytes.resume()

    async def _body(self, refused: set[str]) -> dict[str, Any] | LargeBody:
        build = partial(self._wire.body, self._endpoint, self._request, refused)
        return await large_bodies.written(build, self._request.file_bytes, clients.room()) if self._has_files else build()

    def _fields(self, refused: set[str]) -> set[str]:
        """The names of all that was sent."""
        turns = [turn._replace(files=()) for turn in self._request.turns] if self._has_files else self._request.turns
        body = self._wire.body(self._endpoint, replace(self._request, turns=turns), refused)
        sent = {*body, *(f"{field}.{name}" for field in ("reasoning", "text") for name in body.get(field, ()))}
        sent.update(*body.get("tools", ()), (tool["type"] for tool in body.get("tools", ())))
        return {*sent, SYSTEM_ROLE} if self._request.system else sent

    async def _open(self, body: dict[str, Any] | LargeBody) -> httpx2.Response:
        return await connections.ask(self._endpoint, self._wire.PATH, body, self._patience, headers=self._headers)

    async def _advance(self, stream: ByteStream) -> list[Part]:
        """Read once, and return what that brought."""
        answer, endpoint = self._answer, self._endpoint
        chunk = await self._read(stream)
        try:
            if chunk:
                self._take(chunk)
            else:
                self._take_end()
            taken = answer.deltas.take()
            if taken or answer.is_alive:
                self._heard = monotonic()
                self._begun = True
                answer.is_alive = False
            elif not self._ended and monotonic() - self._heard > self._patience:  # a server may keep a silent answer alive
                self._time_out()
        except ProviderError as error:
            self._ended, self._failure = True, error
            taken = answer.deltas.take()
        parts = [*cast("list[Part]", taken)]
        if "picture" in answer.deltas.kinds:
            parts, undecodable = await encoded_pictures.decoded(taken)
            if undecodable is not None:
                self._ended, self._failure = True, undecodable
        if not self._spoken and any(isinstance(part, Delta) and part.kind != "reasoning" for part in parts):
            self._spoken = True
            self._patience = endpoint.next_token_seconds
            stream.set_read_timeout(self._patience)
        if answer.drawn is not None and answer.drawn.is_going_on is not self._draws:
            self._draws = not self._draws
            self._patience = endpoint.first_token_seconds * THINKING_TAKES if self._draws else endpoint.next_token_seconds
            stream.set_read_timeout(self._patience)
        if self._ended:
            parts += self._last_words()
        return parts

    async def _read(self, stream: ByteStream) -> bytes:
        """The next bytes; b"" at the end. Here alone it is told whether the server has ended the body or the wire broke, which is a failure
        unless the answer was finished before.
        """
        finished = self._answer.finish is not None
        try:
            if self._begun and not finished:
                return await stream.read()
            async with asyncio.timeout(self._seconds_left(finished)):
                return await stream.read()
        except error_reading.WIRE_TROUBLE as error:
            if not finished:
                self._failure = error_reading.from_exception(error, self._endpoint, streaming=True)
        return b""

    def _seconds_left(self, finished: bool) -> float:
        if not finished:
            return max(0.0, self._heard + self._patience - monotonic())
        return self._patience if self._answer.may_go_on else USAGE_SECONDS

    def _take(self, chunk: bytes) -> None:
        self._consume(self._events.feed(chunk))
        if self._answer.over or self._events.done:
            self._take_end()

    def _consume(self, found: Iterator[dict[str, Any]]) -> None:
        answer, events = self._answer, self._events
        complete = self._is_complete
        try:
            for event in found:
                if events.is_document:
                    answer.read_whole(event)
                else:
                    answer.read(event)
                if answer.over:
                    break
                complete = answer.finish is not None and self._is_complete
        except ProviderError as error:
            if not complete and error.is_no_answer and answer.deltas.kinds:
                raise ProviderError("interrupted", error.cause, request_id=self.request_id) from None
            if not complete:
                raise
            answer.over = True  # only its usage won't come any more

    def _take_end(self) -> None:
        """The body is over, or nothing more of it is wanted."""
        self._ended = True
        if self._failure is not None:
            return
        answer, events = self._answer, self._events
        if not answer.over and not events.done:
            self._consume(events.close())
        if answer.finish is None and events.done and answer.deltas.kinds:
            answer.finish = finish_reasons.STOP
        if answer.finish is None:
            raise ProviderError("interrupted", "The stream ended without saying that the answer is complete.", request_id=self.request_id)
        if finish_reasons.is_interruption(answer.finish):
            raise ProviderError("interrupted", f"The server ended the answer with “{answer.finish}”.", request_id=self.request_id)

    @property
    def _is_complete(self) -> bool:
        answer = self._answer
        return answer.finish is not None and not answer.may_go_on and not finish_reasons.is_interruption(answer.finish)

    def _time_out(self) -> None:
        if self._answer.finish is not None:
            self._take_end()
        else:
            self._ended = True
            self._failure = ProviderError("timeout", "The server kept the connection open but said nothing.", request_id=self.request_id)

    @property
    def _reason(self) -> str:
        reason = self._answer.finish or finish_reasons.STOP
        is_calling = reason == finish_reasons.STOP and "tool_call" in self._answer.deltas.kinds
        return finish_reasons.TOOL_CALLS if is_calling else reason

    def _last_words(self) -> list[Part]:
        words = [*cast("list[Part]", self._answer.deltas.drain())] if self._failure is None else []
        if self._answer.usage is not None:
            words.append(self._answer.usage)
        if self._failure is None:
            words.append(Finish(self._reason))
        return words
