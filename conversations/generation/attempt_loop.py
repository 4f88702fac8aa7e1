"""One go of a reply: the provider is asked, and asked again or another one, until its answer is here or nothing is left to try."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

from channels.db import database_sync_to_async
from django.conf import settings

from conversations.models import OK, STOPPED, Message
from conversations.providers import retries
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta, Finish, Part, Usage
from conversations.providers.position import Position
from conversations.providers.request import Request
from conversations.usage.ledger.prices import Tokens

from . import budget, history, request_builder
from .attempt_log import Tries, tokens_of
from .continuation import Seam
from .output import Output
from .throttle import Pacer
from .token_usage import CHARACTERS_PER_TOKEN, Tally

if TYPE_CHECKING:
    from conversations.providers.streams import Stream
    from conversations.routing.routes import NoRouteAvailable, Route, Tried

log = logging.getLogger(__name__)

LONGEST_ANSWER = 3600.0
"""Seconds."""
LARGEST_ANSWER = 32 * 1024 * 1024
"""Characters."""
TAKEN_UP_AGAIN = 6
"""So often in a row a stream that the provider keeps for us is taken up again after it broke off."""
TAKEN_UP_AFTER = retries.WIRE_TROUBLE | {"rate_limit"}
LONGEST_WAIT = 20.0
"""Seconds that a person is let wait for a key that cools down. Beyond that an error that says when to try again is kinder."""


class Go:
    """Says what comes through `say` and `retrying` (kind of error, seconds). `run` raises ProviderError where it ends without an answer."""

    def __init__(
        self, message: Message, output: Output, pacer: Pacer, say: Callable[[str, str], None], retrying: Callable[[str, float], None]
    ) -> None:
        self._message = message  # as it was when it began
        self._output = output
        self._pacer = pacer
        self._say, self._retrying = say, retrying
        self.model: str = message.model
        self.parameters: dict[str, Any] = message.parameters
        self.usage: Usage | None = None
        self.finish_reason = ""
        self.tries = Tries(1 if message.run else 0)
        self._upstream = message.upstream or {}
        self._position = Position.from_json(message.upstream) if message.upstream else None
        self._said_before = output.length
        self._tally = Tally(message.usage, output.length)
        self._stream: Stream | None = None
        self._broken_off = 0
        self._most: int | None = None
        """Tokens of an answer that nobody else cuts: a budget counts on that, but the model takes no such parameter."""
        self._seam: Seam | None = None
        self.ended_as: Callable[[], str] = lambda: STOPPED
        """What a try came to that was ended from outside."""
        self.left_to_others = False

    @property
    def upstream(self) -> dict[str, Any] | None:
        """Where the provider lets another process take up its stream, to be stored with exactly what was said up to there."""
        return None if self._position is None else {**self._upstream, **self._position.to_json()}

    @property
    def usage_json(self) -> dict[str, Any] | None:
        return self._tally.total(self.usage, self._output.length)

    @property
    def has_spoken(self) -> bool:
        return self._output.length != self._said_before

    def leave(self) -> None:
        """Another process is to take it up where it stands; to be called before it is cancelled."""
        self.left_to_others = True
        if self._stream is not None:
            self._stream.leave_running = self._position is not None  # else nobody could take it up

    async def run(self) -> None:
        from conversations.routing.routes import Tried  # here, for the SDK takes long to load; see `serve`

        tried = Tried()
        try:
            async with asyncio.timeout(LONGEST_ANSWER):
                while self.finish_reason == "":
                    route, request = await self._plan(tried)
                    if (error := await self._ask(route, request)) is not None:
                        await self._after(route, request, error, tried)
        except TimeoutError:
            raise ProviderError("timeout", cause=f"The answer took longer than {LONGEST_ANSWER:.0f} s.") from None
        self.parameters = dict(request.parameters)
        if self.finish_reason == "content_filter":
            raise ProviderError("content_filter", cause="finish_reason: content_filter")

    # Who is asked, and what for

    async def _plan(self, tried: Tried) -> tuple[Route, Request]:
        """Wait until somebody can be asked. Raises ProviderError where that would take too long."""
        from conversations.routing import routes

        has_waited = False
        while True:
            if self._position is not None:
                route = await database_sync_to_async(routes.pinned)(self._message.model, self._upstream)
                if route is None:
                    raise ProviderError("lost", "The provider that kept the answer isn't there any more.")
            else:
                try:
                    route = await database_sync_to_async(routes.choose)(self._message.model, tried)
                except routes.NoRouteAvailable as error:
                    await self._wait_for_a_key(error)
                    has_waited = True
                    continue
            try:
                if self._position is None:
                    await self._before_asking(route, tried, has_waited)
                try:
                    route = await routes.ready(route)
                except ProviderError as error:
                    self.tries.begin(route)
                    self._end_try(error.kind, error)
                    await self._after(route, None, error, tried)
                    continue
                return route, await self._request_for(route)
            except BaseException:
                routes.released(route)  # if it was admitted to a trial, another one may try
                raise

    async def _before_asking(self, route: Route, tried: Tried, has_waited: bool) -> None:
        """Leave a provider that had trouble alone for a moment, and say why it takes longer."""
        if troubled := tried.troubled[route.source.id]:
            await self._pause(tried.last, retries.pause(troubled, tried.last))
        elif tried.last is not None and not has_waited:
            self._retrying(tried.last.kind, 0.0)

    async def _request_for(self, route: Route) -> Request:
        assert route.endpoint is not None
        asked = await database_sync_to_async(request_builder.asked)(self._message, route.endpoint, route.offer)
        request, self._tally.prompt, self._most = asked
        self.model = self._message.model or route.offer.name or request.model
        if route.endpoint.resume != "background":
            self._position = None
        if self._position is not None:
            self._tally.covers_all()
        else:
            self._seam = Seam(history.said(self._message)) if self._said_before and not request.prefix else None
        self._upstream = {"provider": str(route.source.id), "key": str(route.key.id) if route.key else None}
        return request

    async def _wait_for_a_key(self, error: NoRouteAvailable) -> None:
        """Sleep until one can be used again, if that is soon; else raise the error."""
        if error.worth_waiting is None:
            raise error
        await self._pause(error, error.worth_waiting + retries.pause(1) / 2)

    async def _pause(self, error: ProviderError | None, seconds: float) -> None:
        if error is not None:
            if seconds > LONGEST_WAIT or monotonic() - self.tries.began + seconds > settings.RETRY_SECONDS:
                raise error
            self._retrying(error.kind, seconds)
        await asyncio.sleep(seconds)

    # One try

    async def _ask(self, route: Route, request: Request) -> ProviderError | None:
        """Read one stream to its end. Returns what went wrong with it."""
        from conversations.providers.opening import open_stream
        from conversations.routing import rejected_parameters, routes

        assert route.endpoint is not None
        before, self.usage = self._output.length, None
        self.tries.begin(route)
        self._stream = stream = open_stream(route.endpoint, request, self._position)
        try:
            async with stream:
                await self._read(stream)
        except ProviderError as error:
            if self._seam is None:
                self._position = stream.position  # it may have begun without a word
            self._end_try(error.kind, error, stream, before)
            return error
        except BaseException as error:
            by_others = isinstance(error, asyncio.CancelledError)
            self._end_try(self.ended_as() if by_others else "internal", None, stream, before)
            routes.released(route) if self._output.length == before else routes.succeeded(route)
            raise
        finally:
            self._stream = None
            rejected_parameters.remember(route.endpoint, stream.rejected)
        self._end_try("content_filter" if self.finish_reason == "content_filter" else OK, None, stream, before)
        routes.succeeded(route)
        return None

    def _end_try(self, outcome: str, error: ProviderError | None, stream: Stream | None = None, before: int | None = None) -> None:
        characters = 0 if before is None else self._output.length - before
        tokens, estimated = Tokens(), False
        if self.usage is not None:
            tokens = tokens_of(self.usage)
        elif stream is not None and stream.is_open and self._position is None:  # what goes on is counted when it ends
            tokens, estimated = Tokens(self._tally.prompt, None, -(-characters // CHARACTERS_PER_TOKEN), None), True
        self.tries.end(outcome, stream=stream, error=error, characters=characters, tokens=tokens, estimated=estimated)

    async def _after(self, route: Route, request: Request | None, error: ProviderError, tried: Tried) -> None:
        """Prepare the next try after this error. Raises it again where there is nothing left to try."""
        from conversations.routing import rejected_parameters, routes

        await database_sync_to_async(routes.failed)(route, error, tried)
        if self._position is not None:
            await self._before_taking_up_again(route, error)
            return
        if self.has_spoken:
            raise error
        if request is not None and error.kind == "parameter" and error.parameter in request.parameters:
            assert route.endpoint is not None
            await database_sync_to_async(rejected_parameters.remember)(route.endpoint, {error.parameter: error})
            tried.last = None
            return
        if not await database_sync_to_async(budget.has_room)(self._message, self.tries.done):
            raise error  # what was tried in vain costs, too
        too_late = monotonic() - self.tries.began > settings.RETRY_SECONDS or self.tries.number >= retries.MOST_TRIES
        if too_late or not retries.is_worth_another_try(error):
            raise error
        log.info("Reply %s: try %s failed (%s), another one is looked for", self._message.pk, self.tries.number, error.kind)

    async def _before_taking_up_again(self, route: Route, error: ProviderError) -> None:
        """The provider writes on, although we don't hear it: wait a moment. Raises the error where it doesn't, or too often."""
        self._broken_off += 1
        position = self._position
        if error.status == 404:
            self._position = None  # it doesn't keep the answer any more
        if position is None or self._position is None or error.kind not in TAKEN_UP_AFTER or self._broken_off > TAKEN_UP_AGAIN:
            raise error
        if self._is_too_long:
            raise error
        log.info("Reply %s lost its provider (%s) and takes up the stream again", self._message.pk, error.kind)
        try:
            await asyncio.sleep(retries.pause(self._broken_off))
        except asyncio.CancelledError:
            if not self.left_to_others and route.endpoint is not None:
                from conversations.providers import background, detached

                detached.start(background.cancel(route.endpoint, position.response))
            raise

    # What it says

    async def _read(self, stream: Stream) -> None:
        async for parts in stream:
            spoke = False
            for part in parts:
                spoke |= self._take(part)
            self._position = stream.position if self._seam is None else None  # it holds something back
            if spoke:
                self._broken_off = 0
                self._pacer.hold(stream)
            if self._is_too_long:
                raise ProviderError("interrupted", cause=f"The answer was longer than {LARGEST_ANSWER:,} characters.")
            if self._most is not None and (self._output.length - self._said_before) / CHARACTERS_PER_TOKEN >= self._most:
                self.finish_reason = "length"  # leaving closes the connection
                return

    @property
    def _is_too_long(self) -> bool:
        return self._output.length > LARGEST_ANSWER

    def _take(self, part: Part) -> bool:
        """True where there was something to say."""
        if isinstance(part, Delta):
            self.tries.spoke()
            if text := self._joined(part):
                self._say(part.kind, text)
                return True
        elif isinstance(part, Usage):
            self.usage = part
        elif isinstance(part, Finish):
            self.finish_reason = part.reason
            if self._seam is not None and (rest := self._seam.close()):
                self._say("text", rest)
                return True
        return False

    def _joined(self, delta: Delta) -> str:
        """What there is to show of it, where it goes on with what was said before."""
        if self._seam is None or delta.kind != "text":
            return delta.text
        text = self._seam.feed(delta.text)
        if self._seam.over:
            self._seam = None
        return text
