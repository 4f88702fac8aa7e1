"""The stream of an answer that the provider goes on with, whether we listen or not."""

import asyncio
from types import TracebackType
from typing import Any, Self

import httpx2

from . import background_cancellation, connections, detached, responses
from .endpoint import Endpoint
from .errors import ProviderError
from .large_bodies import LargeBody
from .parts import Part
from .position import Position
from .request import Request
from .streams import Stream


class BackgroundStream(Stream):
    """Leaving it early takes a request of its own, which follows by itself, so that the provider ends the answer, too.

    With `leave_running` the answer goes on for a process that takes it up there. It goes on as well where the stream breaks: then take it
    up, or `cancel` it.
    """

    def __init__(self, endpoint: Endpoint, request: Request, resume_at: Position | None) -> None:
        super().__init__(endpoint, request, resume_at)
        self._resume_at = resume_at
        self._broken = False

    @property
    def position(self) -> Position | None:
        return self._answer.position

    async def cancel(self) -> None:
        if self._answer.response_id:
            await background_cancellation.cancel(self._endpoint, self._answer.response_id)

    async def __aenter__(self) -> Self:
        if self._wire is not responses:
            raise ProviderError("request", "This endpoint’s API can’t take up an answer that was begun before.")
        return await super().__aenter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        response, stream = self._response, self._bytes
        if self._is_wanted or response is None or stream is None:
            await super().__aexit__(kind, error, trace)
        elif self._answer.response_id:
            detached.start(background_cancellation.cancel(self._endpoint, self._answer.response_id))
            await super().__aexit__(kind, error, trace)
        else:
            self._bytes = None
            stream.resume()
            detached.start(background_cancellation.cancel_unnamed(self._endpoint, response, stream, self._reading.events, self._answer))

    async def __anext__(self) -> list[Part]:
        try:
            return await super().__anext__()
        except ProviderError:
            self._broken = True
            raise

    @property
    def _is_wanted(self) -> bool:
        """Whether the answer is over, or another process is to take it up."""
        return self._answer.finish is not None or self._broken or (self.leave_running and self.position is not None)

    async def _body(self, refused: set[str]) -> dict[str, Any] | LargeBody:
        return {} if self._resume_at is not None else await super()._body(refused)

    async def _open(self, body: dict[str, Any] | LargeBody) -> httpx2.Response:
        if self._resume_at is not None:
            return await self._take_up(self._resume_at)
        opening = asyncio.create_task(super()._open(body))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            detached.start(background_cancellation.cancel_unopened(self._endpoint, opening))
            raise

    async def _take_up(self, position: Position) -> httpx2.Response:
        try:
            return await connections.take_up(self._endpoint, self._wire.PATH, position, self._patience.seconds)
        except asyncio.CancelledError:
            if not self.leave_running:
                detached.start(background_cancellation.cancel(self._endpoint, position.response))
            raise
