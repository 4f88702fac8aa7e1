"""The attempts at one reply, one after the other, until one succeeds or none is left to make. It is pulled: see `steps`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, NamedTuple

from channels.db import database_sync_to_async

from conversations.generation.continuation.seam import Seam
from conversations.models import Message
from conversations.providers import retries
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta, WasReasoning
from conversations.providers.system_role import SYSTEM_ROLE
from conversations.usage.ledger.token_estimate import CHARACTERS_PER_TOKEN

from . import admission, history, request_builder
from .attempt import MAX_ANSWER_CHARACTERS, Attempt
from .attempt_log import AttemptLog
from .output import Output
from .throttle import Throttle
from .token_usage import Tally
from .upstream import Upstream
from .waiting import Retrying, Waiting

if TYPE_CHECKING:
    from conversations.providers.request import Request
    from conversations.routing.routes import Route, Tried

    from .request_builder import PreparedRequest

log = logging.getLogger(__name__)


class Finished(NamedTuple):
    """The provider has completed the answer."""

    reason: str


Step = Delta | WasReasoning | Retrying | Finished


class AttemptLoop:
    """`message` as it was when this began decides the request; `output` is the reply's output so far."""

    def __init__(self, message: Message, output: Output, throttle: Throttle) -> None:
        self._message, self._output, self._throttle = message, output, throttle
        self.model: str = message.model
        self.parameters: dict[str, Any] = message.parameters
        self.finish_reason = ""
        self.log = AttemptLog(1 if message.run else 0)
        self.left_to_others = False
        """Another process may take over the reply."""
        self._waiting = Waiting(self.log)
        self._is_ended = False
        self._upstream = Upstream(message.upstream)
        self._length_before = output.length
        self._tally = Tally(message.usage, output.length)
        self._attempt: Attempt | None = None

    @property
    def upstream(self) -> dict[str, Any] | None:
        """The position from which another process can take up the provider's stream, to be stored with exactly the output before it."""
        return self._upstream.to_json()

    @property
    def usage_json(self) -> dict[str, Any] | None:
        return self._tally.total(self._attempt.usage if self._attempt else None, self._output.length)

    def end(self) -> None:
        """No attempt follows. Cancel it, too: but HTTP libraries may take a cancellation for a failed connection, and swallow it."""
        self._is_ended = True

    def leave(self) -> None:
        """Let another process take over the reply. Call it before this is cancelled."""
        self.left_to_others = True
        if self._attempt is not None:
            self._attempt.leave_running()

    async def steps(self) -> AsyncGenerator[Step]:
        """Deltas as they come, Retrying before each further attempt, and Finished last. Raises ProviderError where all attempts failed.

        A delta must be in `output` when the next step is requested.
        """
        from conversations.routing import routes  # here, for the SDK takes long to load; see `serve`

        tried, has_waited = routes.Tried(), False
        while True:
            try:
                route = await self._route(tried)
            except routes.NoRouteAvailable as error:
                yield (wait := self._waiting.for_a_key(error))
                await asyncio.sleep(wait.seconds)
                has_waited = True
                continue
            with routes.released_on_error(route):
                if self._upstream.position is None and (pause := self._waiting.before(route, tried, has_waited)) is not None:
                    yield pause
                    await asyncio.sleep(pause.seconds)
                try:
                    route = await routes.ready(route)
                except ProviderError as error:
                    self.log.fail(route, error)
                    await self._after(route, None, error, tried)
                    continue
                prepared, seam = await self._prepare(route)
            self._attempt = Attempt(route, prepared.request, self.log, self._upstream, prompt_tokens=prepared.prompt_tokens)
            has_waited = False
            try:
                async with aclosing(self._deltas(self._attempt, prepared, seam)) as deltas:
                    async for delta in deltas:
                        self._upstream.delta_came()
                        yield delta
            except ProviderError as error:
                await self._after(route, prepared.request, error, tried)
            else:
                self.parameters = dict(prepared.request.parameters)
                self.finish_reason = self._attempt.finish_reason
                yield Finished(self.finish_reason)
                return

    def _deltas(self, attempt: Attempt, prepared: PreparedRequest, seam: Seam | None) -> AsyncGenerator[Delta | WasReasoning]:
        length, cut_after = self._output.length, None
        if prepared.max_answer_tokens is not None:
            cut_after = prepared.max_answer_tokens * CHARACTERS_PER_TOKEN - (length - self._length_before)
        return attempt.deltas(throttle=self._throttle, seam=seam, max_characters=MAX_ANSWER_CHARACTERS - length, cut_after=cut_after)

    # The route and the request

    async def _route(self, tried: Tried) -> Route:
        from conversations.routing import routes

        if self._upstream.position is not None:
            return await self._upstream.route(self._message.model)
        return await database_sync_to_async(routes.choose)(self._message.model, tried)

    async def _prepare(self, route: Route) -> tuple[PreparedRequest, Seam | None]:
        """The request, and the seam that joins its answer to the earlier output."""
        assert route.endpoint is not None
        prepared = await database_sync_to_async(request_builder.prepare)(self._message, route.endpoint, route.offer)
        self._tally.prompt_tokens = prepared.prompt_tokens
        self.model = self._message.model or route.offer.name or prepared.request.model
        seam = None
        if route.endpoint.resume != "background":
            self._upstream.position = None
        if self._upstream.position is not None:
            self._tally.covers_all()
        elif self._length_before and not prepared.request.prefix:
            seam = Seam(history.said(self._message))
        self._upstream.use(route)
        return prepared, seam

    # After an attempt that failed

    async def _after(self, route: Route, request: Request | None, error: ProviderError, tried: Tried) -> None:
        """Prepare the next attempt. Raises the error again where there is nothing left to try."""
        from conversations.routing import rejected_parameters, routes

        if self._is_ended:
            routes.released(route)
            raise asyncio.CancelledError
        await database_sync_to_async(routes.failed)(route, error, tried)
        if self._upstream.position is not None:
            await self._wait_for_the_upstream(route, error)
        elif self._output.length != self._length_before:
            raise error  # its output was shown already
        elif request is not None and _can_do_without(error, request, route) and not self._waiting.is_exhausted:
            assert route.endpoint is not None
            assert error.parameter is not None
            await database_sync_to_async(rejected_parameters.remember)(route.endpoint, {error.parameter: error})
            tried.last = None
        elif not await database_sync_to_async(admission.has_room)(self._message, self.log.done):
            raise error  # failed attempts cost, too
        elif self._waiting.is_exhausted or not retries.is_worth_another_try(error):
            raise error
        else:
            log.info("Reply %s: attempt %s failed (%s), another one follows", self._message.pk, self.log.number, error.kind)

    async def _wait_for_the_upstream(self, route: Route, error: ProviderError) -> None:
        """The provider continues, although its stream broke off. Raises the error where it can't be taken up."""
        seconds = self._upstream.broke(error)
        if self._output.length > MAX_ANSWER_CHARACTERS:
            raise error
        log.info("The stream of reply %s broke off (%s) and is taken up again", self._message.pk, error.kind)
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            if not self.left_to_others:
                self._upstream.cancel(route)
            raise


def _can_do_without(error: ProviderError, request: Request, route: Route) -> bool:
    """Whether the request may be sent again without what the model refuses."""
    if error.kind != "parameter" or error.parameter is None:
        return False
    rejected = route.endpoint.rejected if route.endpoint is not None else frozenset()
    return error.parameter in request.parameters or (
        error.parameter == SYSTEM_ROLE and bool(request.system) and SYSTEM_ROLE not in rejected
    )
