"""The attempts at one reply, one after the other, until one brings the answer or nothing is left to try. It is pulled: see `steps`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from channels.db import database_sync_to_async
from django.conf import settings

from conversations.models import Message
from conversations.providers import retries
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta
from conversations.usage.ledger.token_estimate import CHARACTERS_PER_TOKEN

from . import budget, history, request_builder
from .attempt import MAX_ANSWER_CHARACTERS, Attempt
from .attempt_log import AttemptLog
from .continuation import Seam
from .output import Output
from .throttle import Throttle
from .token_usage import Tally
from .upstream import Upstream

if TYPE_CHECKING:
    from conversations.providers.request import Request
    from conversations.routing.routes import NoRouteAvailable, Route, Tried

    from .request_builder import Asked

log = logging.getLogger(__name__)

MAX_WAIT_SECONDS = 20.0
"""A user waits no longer for the next attempt. Beyond that an error that says when to try again is kinder."""


class Retrying(NamedTuple):
    """Nothing came of the attempts so far; the next one begins in so many seconds. `kind` is the last error's."""

    kind: str
    seconds: float


class Finished(NamedTuple):
    """The answer is whole, as far as the provider goes."""

    reason: str


Step = Delta | Retrying | Finished


class AttemptLoop:
    """What `message` was when this began decides what is asked; `output` is what the reply has said so far."""

    def __init__(self, message: Message, output: Output, throttle: Throttle) -> None:
        self._message, self._output, self._throttle = message, output, throttle
        self.model: str = message.model
        self.parameters: dict[str, Any] = message.parameters
        self.finish_reason = ""
        self.log = AttemptLog(1 if message.run else 0)
        self.left_to_others = False
        """It goes on elsewhere: another process may take it up."""
        self._upstream = Upstream(message.upstream)
        self._length_before = output.length
        self._tally = Tally(message.usage, output.length)
        self._attempt: Attempt | None = None

    @property
    def upstream(self) -> dict[str, Any] | None:
        """Where the provider lets another process take up its stream, to be stored with exactly the output up to there."""
        return self._upstream.to_json()

    @property
    def usage_json(self) -> dict[str, Any] | None:
        return self._tally.total(self._attempt.usage if self._attempt else None, self._output.length)

    def leave(self) -> None:
        """Another process is to take the reply up where it stands; to be called before this is cancelled."""
        self.left_to_others = True
        if self._attempt is not None:
            self._attempt.leave_running()

    async def steps(self) -> AsyncGenerator[Step]:
        """Deltas as they come, Retrying whenever it takes longer, and Finished last. Raises ProviderError where no answer comes of it.

        A delta has to stand in `output` when the next step is asked for.
        """
        from conversations.routing import routes  # here, for the SDK takes long to load; see `serve`

        tried, has_waited = routes.Tried(), False
        while True:
            try:
                route = await self._route(tried)
            except routes.NoRouteAvailable as error:
                yield (wait := self._wait_for_a_key(error))
                await asyncio.sleep(wait.seconds)
                has_waited = True
                continue
            with routes.released_on_error(route):
                if (pause := self._wait_before(route, tried, has_waited)) is not None:
                    yield pause
                    await asyncio.sleep(pause.seconds)
                try:
                    route = await routes.ready(route)
                except ProviderError as error:
                    self.log.fail(route, error)
                    await self._after(route, None, error, tried)
                    continue
                asked, seam = await self._asked(route)
            self._attempt = Attempt(route, asked.request, self.log, self._upstream, prompt_tokens=asked.prompt_tokens)
            has_waited = False
            try:
                async with aclosing(self._deltas(self._attempt, asked, seam)) as deltas:
                    async for delta in deltas:
                        self._upstream.delta_came()
                        yield delta
            except ProviderError as error:
                await self._after(route, asked.request, error, tried)
            else:
                self.parameters = dict(asked.request.parameters)
                self.finish_reason = self._attempt.finish_reason
                yield Finished(self.finish_reason)
                return

    def _deltas(self, attempt: Attempt, asked: Asked, seam: Seam | None) -> AsyncGenerator[Delta]:
        length, cut_after = self._output.length, None
        if asked.max_answer_tokens is not None:
            cut_after = asked.max_answer_tokens * CHARACTERS_PER_TOKEN - (length - self._length_before)
        return attempt.deltas(throttle=self._throttle, seam=seam, max_characters=MAX_ANSWER_CHARACTERS - length, cut_after=cut_after)

    # Who is asked, and what for

    async def _route(self, tried: Tried) -> Route:
        from conversations.routing import routes

        if self._upstream.position is not None:
            return await self._upstream.route(self._message.model)
        return await database_sync_to_async(routes.choose)(self._message.model, tried)

    async def _asked(self, route: Route) -> tuple[Asked, Seam | None]:
        """The request, and what joins its answer to the output that is there already."""
        assert route.endpoint is not None
        asked = await database_sync_to_async(request_builder.asked)(self._message, route.endpoint, route.offer)
        self._tally.prompt = asked.prompt_tokens
        self.model = self._message.model or route.offer.name or asked.request.model
        seam = None
        if route.endpoint.resume != "background":
            self._upstream.position = None
        if self._upstream.position is not None:
            self._tally.covers_all()
        elif self._length_before and not asked.request.prefix:
            seam = Seam(history.said(self._message))
        self._upstream.asks(route)
        return asked, seam

    # How long is waited

    def _wait_for_a_key(self, error: NoRouteAvailable) -> Retrying:
        """Until one can be used again, if that is soon; else the error is raised."""
        if error.worth_waiting is None:
            raise error
        return self._wait(error, error.worth_waiting + retries.pause(1) / 2)

    def _wait_before(self, route: Route, tried: Tried, has_waited: bool) -> Retrying | None:
        """A provider that had trouble gets a moment; the user learns why it takes longer."""
        if self._upstream.position is not None or tried.last is None:
            return None
        if troubled := tried.troubled[route.source.id]:
            return self._wait(tried.last, retries.pause(troubled, tried.last))
        return None if has_waited else Retrying(tried.last.kind, 0.0)

    def _wait(self, error: ProviderError, seconds: float) -> Retrying:
        if seconds > MAX_WAIT_SECONDS or monotonic() - self.log.began + seconds > settings.RETRY_SECONDS:
            raise error
        return Retrying(error.kind, seconds)

    # After an attempt that failed

    async def _after(self, route: Route, request: Request | None, error: ProviderError, tried: Tried) -> None:
        """Prepare the next attempt. Raises the error again where there is nothing left to try."""
        from conversations.routing import rejected_parameters, routes

        await database_sync_to_async(routes.failed)(route, error, tried)
        if self._upstream.position is not None:
            await self._wait_for_the_upstream(route, error)
        elif self._output.length != self._length_before:
            raise error  # something was shown
        elif request is not None and error.kind == "parameter" and error.parameter in request.parameters:
            assert route.endpoint is not None
            await database_sync_to_async(rejected_parameters.remember)(route.endpoint, {error.parameter: error})
            tried.last = None
        elif not await database_sync_to_async(budget.has_room)(self._message, self.log.done):
            raise error  # attempts that failed cost, too
        elif self._is_too_late or not retries.is_worth_another_try(error):
            raise error
        else:
            log.info("Reply %s: attempt %s failed (%s), another one follows", self._message.pk, self.log.number, error.kind)

    @property
    def _is_too_late(self) -> bool:
        return monotonic() - self.log.began > settings.RETRY_SECONDS or self.log.number >= retries.MOST_TRIES

    async def _wait_for_the_upstream(self, route: Route, error: ProviderError) -> None:
        """The provider writes on, although its stream broke. Raises the error where it can't be taken up."""
        seconds = self._upstream.broke(error)
        if self._output.length > MAX_ANSWER_CHARACTERS:
            raise error
        log.info("Reply %s lost its provider (%s) and takes up the stream again", self._message.pk, error.kind)
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            if not self.left_to_others:
                self._upstream.cancel(route)
            raise
