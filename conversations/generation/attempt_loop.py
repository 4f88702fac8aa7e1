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
from conversations.models.messages import ASKED
from conversations.providers import finish_reasons, retries
from conversations.providers.errors import ProviderError
from conversations.routing import outcomes, routes

from . import drawing, first_attempt, history, left_out, pictures, refused_parts, request_builder
from .asked_model import AskedModel
from .attempt import MAX_ANSWER_CHARACTERS, Attempt, Shown
from .attempt_log import AttemptLog
from .output import Output
from .reconnection import BROKEN_OFF, Reconnection
from .tally import Tally
from .throttle import Throttle
from .upstream import Upstream
from .waiting import Retrying, Waiting

if TYPE_CHECKING:
    from conversations.providers.request import Request
    from conversations.routing.routes import Route, Tried

    from .first_attempt import FirstAttempt
    from .request_builder import Given, PreparedRequest

log = logging.getLogger(__name__)


class Finished(NamedTuple):
    """The provider has completed the answer."""

    reason: str


Step = Shown | Retrying | Finished


class AttemptLoop:
    """`message` as it was when this began decides the request; `output` is the reply's output so far; `first` was found out before.

    `given`: what is asked, of a message that is in no conversation.
    """

    def __init__(
        self, message: Message, output: Output, throttle: Throttle, first: FirstAttempt | None = None, given: Given | None = None
    ) -> None:
        self._message, self._output, self._throttle = message, output, throttle
        self.model: str = message.model
        self.parameters: dict[str, Any] = message.parameters
        self.finish_reason = ""
        self.note: str = message.note
        """What the user is told of how it came about."""
        self.log = AttemptLog(1 if message.run else 0, message.pk, pictures.kind(message))
        self.left_to_others = False
        """Another process may take over the reply."""
        self._waiting = Waiting(self.log)
        self._is_ended = False
        self._upstream = Upstream(message.upstream)
        self._is_taken_up = self._upstream.position is not None
        self._reconnection = Reconnection(message, output, is_taken_up=self._is_taken_up)
        self._tally = Tally(message.usage, output.length)
        self._attempt: Attempt | None = None
        self._first, self._given = first, given
        self._asked = AskedModel(message, self._upstream, given)

    @property
    def upstream(self) -> dict[str, Any] | None:
        """The position from which another process can take up the provider's stream, to be stored with exactly the output before it."""
        return self._upstream.to_json()

    @property
    def usage_json(self) -> dict[str, Any] | None:
        return self._tally.total(self._attempt, self._output.length)

    def prepare(self) -> None:
        """Find out what is first asked; what can't be is found out when it is asked. Synchronous."""
        self._first = first_attempt.prepare(self._message, self._given)

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
        tried, has_waited = routes.Tried(), False
        while True:
            if self._is_all_said:
                self.finish_reason = finish_reasons.STOP
                yield Finished(self.finish_reason)
                return
            first, self._first = self._first, None
            try:
                route = first.route if first is not None else await self._asked.route(tried)
            except ProviderError as error:
                if await self._asked.falls_back(error):
                    tried = routes.Tried()
                    continue
                if not isinstance(error, routes.NoRouteAvailable):
                    raise
                yield (wait := self._waiting.for_a_route(error))
                await asyncio.sleep(wait.seconds)
                has_waited = True
                continue
            with outcomes.released_on_error(route):
                if self._upstream.position is None and (pause := self._waiting.before(route, tried, has_waited)) is not None:
                    yield pause
                    await asyncio.sleep(pause.seconds)
                try:
                    route = await routes.ready(route)
                except ProviderError as error:
                    self.log.fail(route, error)
                    await self._after(route, None, error, tried)
                    continue
                prepared, seam = await self._prepare(route, first)
            self._attempt = attempt = self._new_attempt(route, prepared)
            has_waited = False
            try:
                async with aclosing(self._deltas(attempt, prepared, seam)) as deltas:
                    async for delta in deltas:
                        self._upstream.delta_came()
                        yield delta
            except ProviderError as error:
                if (pause := await self._after(route, prepared.request, error, tried)) is not None:
                    yield pause
                    await self._upstream.wait(route, pause.seconds, lambda: self.left_to_others)
            else:
                kept = {name: value for name, value in self._message.parameters.items() if name == ASKED}
                self.parameters = {**self._reconnection.parameters(prepared.request.parameters), **kept}
                self.finish_reason = attempt.finish_reason
                yield Finished(self.finish_reason)
                return

    @property
    def _is_all_said(self) -> bool:
        """Whether what broke off is complete all the same: asking for more would draw again, and be paid for."""
        if self._given is not None or self._upstream.position is not None:
            return False
        return pictures.are_all_made(self._message) if self._asked.is_picture else drawing.ends_in_picture(self._message)

    def _new_attempt(self, route: Route, prepared: PreparedRequest) -> Attempt:
        estimates = {"prompt_tokens": prepared.prompt_tokens, "characters_before": self._output.length - self._tally.characters_before}
        return Attempt(route, prepared.request, self.log, self._upstream, **estimates)

    def _deltas(self, attempt: Attempt, prepared: PreparedRequest, seam: Seam | None) -> AsyncGenerator[Shown]:
        most = MAX_ANSWER_CHARACTERS - self._output.length
        cut_after = self._reconnection.cut_after(prepared)
        return attempt.deltas(self._throttle, seam=seam, after=self._reconnection.after, max_characters=most, cut_after=cut_after)

    async def _prepare(self, route: Route, first: FirstAttempt | None) -> tuple[PreparedRequest, Seam | None]:
        """The request, and the seam that joins its answer to the earlier output."""
        assert route.endpoint is not None
        if first is not None:
            prepared = first.prepared
        else:
            prepared = await database_sync_to_async(request_builder.prepare)(self._message, route.endpoint, route.offer, self._given)
        self._tally.prompt_tokens = prepared.prompt_tokens
        self.log.reads(prepared.files, prepared.pages)
        self.model = self._asked.name or route.offer.name or prepared.request.model
        self.note = f"{left_out.without_note(self._asked.note(route))} {prepared.note}".strip()
        self._upstream.use(route, self._asked.name)
        seam = None
        if self._upstream.position is not None:
            if self._is_taken_up:
                self._tally.covers_all()
        elif self._message.parts and not prepared.request.prefix and not self._asked.is_picture:
            seam = Seam(history.said(self._message))
        return prepared, seam

    async def _after(self, route: Route, request: Request | None, error: ProviderError, tried: Tried) -> Retrying | None:
        """Prepare the next attempt. Raises the error again where there is nothing left to try.

        Returns how long to wait for a stream that the provider keeps; what other attempts wait for is known when their route is.
        """
        if self._is_ended:
            outcomes.released(route)
            raise asyncio.CancelledError
        await database_sync_to_async(outcomes.failed)(route, error, tried)
        broke_off, is_lost = self._reconnection.broke_off, False
        if broke_off and (self._asked.is_picture or not self._reconnection.is_allowed(route)):
            raise error  # its output was shown already
        if self._upstream.position is not None:
            if breaks := self._upstream.broke(error):
                log.info("The stream of reply %s broke off (%s) and is taken up again", self._message.pk, error.kind)
                return self._waiting.for_the_upstream(error, breaks)
            is_lost = self._output.length > 0
            tried.sources.discard(route.source.id)  # it refused to go on with that one answer
        if is_lost or (broke_off and error.kind in BROKEN_OFF):
            await self._continue(error)
        elif broke_off or self._waiting.is_exhausted:
            raise error
        elif request is not None and await refused_parts.leave_out(
            request, route, error, tried, images_are_asked_about=self._asked.is_about_images
        ):
            log.info("Reply %s is asked for again without what its model refuses (%s)", self._message.pk, error.kind)
        elif not retries.is_worth_another_try(error) or not await database_sync_to_async(self._reconnection.fits)(self.log.done):
            raise error  # failed attempts cost, too
        else:
            log.info("Reply %s: attempt %s failed (%s)", self._message.pk, self.log.number, error.kind)
        return None

    async def _continue(self, error: ProviderError) -> None:
        """It broke off: have the next attempt continue what was said. Raises the error where it may not."""
        self._waiting.begin_again()
        if self._waiting.is_exhausted or not await database_sync_to_async(self._reconnection.follow)(self.log.done):
            raise error
        self._tally.settle(self._attempt, self._output.length)
        self._attempt, self._is_taken_up = None, False
        log.info("Reply %s broke off (%s) and is continued", self._message.pk, error.kind)
