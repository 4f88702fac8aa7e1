"""An answer's stream, which yields its parts."""

import asyncio
from dataclasses import replace
from functools import partial
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
    header_templates,
    image_refusals,
    large_bodies,
    optional_fields,
    responses,
    wire_trouble,
)
from .answer import Answer, Wire
from .byte_stream import ByteStream, byte_stream
from .drawn import DrawnPictures
from .endpoint import Endpoint
from .errors import ProviderError
from .large_bodies import LargeBody
from .parts import Part
from .patience import Patience
from .position import Position
from .reading import Reading
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
        self._reading = Reading(
            self._answer, WireEvents(endpoint, encoded_pictures.LARGEST_EVENT) if request.drawing else WireEvents(endpoint)
        )
        self._response: httpx2.Response | None = None
        self._bytes: ByteStream | None = None
        self._patience = Patience(endpoint, thinks="reasoning_effort" in request.parameters)
        self.rejected: dict[str, ProviderError] = {}
        """Optional fields that the server refused, and without which the request was sent again."""

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
            self._patience.begin()
            try:
                self._response = await self._open(body)
                self._reading.request_id = self.request_id
                self._bytes = byte_stream(self._response)
                return self
            except wire_trouble.EXCEPTIONS as error:
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise asyncio.CancelledError from None  # the library took it for a lost connection: asking again would undo a stop
                if wire_trouble.was_never_sent(error) and sent_in_vain < IDLE_CONNECTIONS:
                    sent_in_vain += 1
                    continue
                failure = wire_trouble.from_exception(error, self._endpoint)
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
        if self._reading.is_over and error is None and not stream.at_end:
            detached.start(connections.read_to_the_end(response, stream))
        else:
            await connections.close(response)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> list[Part]:
        reading = self._reading
        while not reading.is_over and self._bytes is not None:
            if parts := await self._advance(self._bytes):
                return parts
        failure, reading.failure = reading.failure, None
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
        return await connections.ask(self._endpoint, self._wire.PATH, body, self._patience.seconds, headers=self._headers)

    async def _advance(self, stream: ByteStream) -> list[Part]:
        """Read once, and return what that brought."""
        answer, reading, patience = self._answer, self._reading, self._patience
        chunk = await self._read(stream)
        try:
            if chunk:
                reading.take(chunk)
            else:
                reading.end()
            taken = answer.deltas.take()
            if taken or answer.is_alive:
                patience.heard()
                answer.is_alive = False
            elif not reading.is_over and patience.is_over:  # a server may keep a silent answer alive
                reading.time_out()
        except ProviderError as error:
            reading.fail(error)
            taken = answer.deltas.take()
        parts = [*cast("list[Part]", taken)]
        if "picture" in answer.deltas.kinds:
            parts, undecodable = await encoded_pictures.decoded(taken)
            if undecodable is not None:
                reading.fail(undecodable)
        if patience.follow(parts, answer.drawn):
            stream.set_read_timeout(patience.seconds)
        if reading.is_over:
            parts += reading.last_words()
        return parts

    async def _read(self, stream: ByteStream) -> bytes:
        """The next bytes; b"" at the end. Here alone it is told whether the server has ended the body or the wire broke, which is a failure
        unless the answer was finished before.
        """
        finished = self._reading.is_finished
        try:
            if self._patience.has_begun and not finished:
                return await stream.read()
            async with asyncio.timeout(self._seconds_left(finished)):
                return await stream.read()
        except wire_trouble.EXCEPTIONS as error:
            if not finished:
                self._reading.failure = wire_trouble.from_exception(error, self._endpoint, streaming=True)
        return b""

    def _seconds_left(self, finished: bool) -> float:
        if not finished:
            return self._patience.left
        return self._patience.seconds if self._answer.may_go_on else USAGE_SECONDS
