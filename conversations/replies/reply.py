"""One reply while it runs: context → provider → parts → watchers → saved."""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

from channels.db import database_sync_to_async
from django.utils import timezone

from conversations.models import Message, Status
from conversations.providers.endpoint import Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta, Finish, Part, Usage
from conversations.providers.position import Position
from conversations.providers.request import Request

from . import context, events, question, watchers
from .output import Output
from .pacing import Pacer
from .seam import Seam
from .tally import Tally

if TYPE_CHECKING:
    from conversations.providers.streams import Stream

log = logging.getLogger(__name__)

LONGEST_ANSWER = 3600.0
"""Seconds."""
LARGEST_ANSWER = 32 * 1024 * 1024
"""Characters."""
ASKED_AGAIN = 2
"""So often the provider is asked again after its stream broke off before it said anything."""
FIRST_PAUSE = 0.5
"""Seconds before it is asked again; twice as long each time."""
TAKEN_UP_AGAIN = 6
"""So often in a row a stream that the provider keeps for us is taken up again after it broke off."""
WIRE_KINDS = ("network", "interrupted", "timeout", "provider")
OVER = (Status.COMPLETE, Status.STOPPED, Status.FAILED)


class RunningReply:
    """Owned by the process, not by a socket. `drive` never raises; afterwards `status` and its companions say how it ended."""

    def __init__(self, message: Message, pacer: Pacer) -> None:
        self._message = message  # as it was when it began
        self.id: uuid.UUID = message.pk
        self.conversation_id: uuid.UUID = message.conversation_id
        self.owner_id: uuid.UUID = message.owner_id
        self.loop = asyncio.get_running_loop()
        self.run = message.run
        self.output = Output(message.parts, message.run)
        self.status = Status(message.status)
        self.model: str = message.model
        self.parameters: dict[str, Any] = message.parameters
        self.usage: Usage | None = None
        self.finish_reason = ""
        self.error: ProviderError | None = None
        self.started: datetime = timezone.now()
        self.first_token: datetime | None = message.first_token
        self._position = _position_of(message)
        self.unsaved = False
        self.left_to_others = False
        """It goes on elsewhere: another process may take it up."""
        self.taken_over = False
        self.lease_renewed = self.started
        self._said_before = self.output.length
        self._tally = Tally(message.usage, self.output.length)
        self._pacer = pacer
        self._thinking_since = 0.0
        self._task: asyncio.Task[None] | None = None
        self._ended_as: Status | None = None
        self._stream: Stream | None = None
        self._broken_off = 0
        self._seam: Seam | None = None

    @property
    def upstream(self) -> dict[str, Any] | None:
        """Where the provider lets another process take up its stream, to be stored with exactly what was said up to there."""
        return None if self._position is None or self.status in OVER else self._position.to_json()

    async def drive(self) -> None:
        self._task = asyncio.create_task(self._answer())
        if self._ended_as is not None:  # before it began
            self._task.cancel()
        try:
            await self._task
        except asyncio.CancelledError:
            self.status = self._how_it_was_ended()
        except ProviderError as error:
            self._broken(error)
        except Exception as error:
            log.exception("Reply %s broke", self.id)
            self._broken(ProviderError("internal", cause=type(error).__name__))

    def stop(self, status: Status = Status.STOPPED) -> None:
        """End it now; what was said stays. Closing the upstream connection follows within the same moment."""
        self._ended_as = status
        if self._task is not None:
            self._task.cancel()

    def leave(self) -> None:
        """End it here, so that another process takes it up where it stands."""
        self.left_to_others = True
        if self._stream is not None:
            self._stream.leave_running = self._position is not None  # else nobody could take it up
        self.stop(Status.STREAMING if self.output.length else Status.PENDING)

    def give_up(self) -> None:
        """End it here, for another process has taken it over: nothing of it is saved any more, and the provider's stream is that one's."""
        self.taken_over = True
        self.leave()

    def move_to(self, run: int) -> None:
        """What it said belongs to this later run: others believed it dead and said so."""
        self.run = run
        self.output.move_to(run)

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes, although the end may not be saved yet."""
        return self._task is not None and self._task.done()

    def _how_it_was_ended(self) -> Status:
        return self._ended_as or Status.INTERRUPTED

    def snapshot(self) -> events.Event:
        # That it ended is told when it is saved, and not before: another process may have taken it over meanwhile.
        status = Status.STREAMING if self.output.length else Status.PENDING
        return events.snapshot(self.conversation_id, self.id, status, self.output.parts, self.output.end)

    @property
    def usage_json(self) -> dict[str, Any] | None:
        return self._tally.total(self.usage, self.output.length)

    async def _answer(self) -> None:
        from conversations.providers import current  # here, for the SDK takes long to load; see `serve`
        from conversations.providers.opening import open_stream

        endpoint = await current.endpoint()
        request, self._tally.prompt = await database_sync_to_async(question.request_for)(self._message, endpoint)
        self.model = request.model
        if self._taken_up_at(endpoint) is None:
            self._seam = self._new_seam(request)
        try:
            async with asyncio.timeout(LONGEST_ANSWER):
                while self.finish_reason == "":
                    try:
                        self._stream = open_stream(endpoint, request, self._taken_up_at(endpoint))
                        async with self._stream:
                            await self._read(self._stream)
                    except ProviderError as error:
                        if self._stream is not None and self._seam is None:
                            self._position = self._stream.position  # it may have begun without a word
                        request = await self._next_try(endpoint, request, error)
                    finally:
                        self._stream = None
        except TimeoutError:
            raise ProviderError("timeout", cause=f"The answer took longer than {LONGEST_ANSWER:.0f} s.") from None
        self.parameters = dict(request.parameters)
        if self.finish_reason == "content_filter":
            raise ProviderError("content_filter", cause="finish_reason: content_filter")
        self.status, self.error = Status.COMPLETE, None

    def _new_seam(self, request: Request) -> Seam | None:
        return Seam(context.said(self._message)) if self._said_before and not request.prefix else None

    def _taken_up_at(self, endpoint: Endpoint) -> Position | None:
        if endpoint.resume != "background":
            self._position = None
        if self._position is not None:
            self._tally.covers_all()
        return self._position

    async def _next_try(self, endpoint: Endpoint, request: Request, error: ProviderError) -> Request:
        """What to ask for after this error. Raises it again where there is nothing left to try."""
        if self._position is not None:
            await self._before_taking_up_again(endpoint, error)
            return request
        if self.output.length != self._said_before:
            raise error
        if error.kind == "parameter" and error.parameter in request.parameters:
            return await database_sync_to_async(question.without_rejected)(request, endpoint, error)
        if error.kind == "interrupted" and self._broken_off < ASKED_AGAIN:
            self._broken_off += 1
            log.info("Reply %s lost its provider before the first word and asks again: %s", self.id, error.cause)
            self._seam = self._new_seam(request)
            await _pause(self._broken_off)
            return request
        raise error

    async def _before_taking_up_again(self, endpoint: Endpoint, error: ProviderError) -> None:
        """The provider writes on, although we don't hear it: wait a moment. Raises the error where it doesn't, or too often."""
        self._broken_off += 1
        if error.status == 404:
            self._position = None  # it doesn't keep the answer any more
        if self._position is None or error.kind not in WIRE_KINDS or self._broken_off > TAKEN_UP_AGAIN or self._is_too_long:
            raise error
        log.info("Reply %s lost its provider (%s) and takes up the stream again", self.id, error.kind)
        from conversations.providers import background, clients

        try:
            await _pause(self._broken_off)
        except asyncio.CancelledError:
            if not self.left_to_others:
                clients.run_errand(background.cancel(endpoint, self._position.response))
            raise

    async def _read(self, stream: Stream) -> None:
        async for parts in stream:
            spoke = False
            for part in parts:
                spoke |= self._take(part)
            self._position = stream.position if self._seam is None else None  # it holds something back
            if spoke:
                self.unsaved = True
                self._broken_off = 0
                self._pacer.hold(stream)
            if self._is_too_long:
                raise ProviderError("interrupted", cause=f"The answer was longer than {LARGEST_ANSWER:,} characters.")

    @property
    def _is_too_long(self) -> bool:
        return self.output.length > LARGEST_ANSWER

    def _take(self, part: Part) -> bool:
        """Add one part to the output and tell the watchers. True where there was something to say."""
        if isinstance(part, Delta):
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

    def _say(self, kind: str, text: str) -> None:
        if self.first_token is None:
            self.first_token = timezone.now()
        self.status = Status.STREAMING
        if kind == "reasoning":
            self._thinking_since = self._thinking_since or monotonic()
        elif self._thinking_since:
            self.output.note(seconds=round(monotonic() - self._thinking_since, 1))
            self._thinking_since = 0.0
        index, offset = self.output.append(kind, text)
        watchers.publish_words(
            self.conversation_id,
            {
                "type": "delta",
                "conversation": self.conversation_id,
                "message": self.id,
                "part": index,
                "kind": kind,
                "text": text,
                "offset": offset,
                "end": self.output.end,
            },
        )

    def _broken(self, error: ProviderError) -> None:
        """Nothing said: it failed. Something said: it was interrupted, and can go on from there."""
        refused = error.kind == "content_filter"
        self.status = Status.INTERRUPTED if self.output.length and not refused else Status.FAILED
        self.error = error
        log.warning("Reply %s ended as %s: %s (%s)", self.id, self.status.value, error.kind, error.cause)


async def _pause(number: int) -> None:
    await asyncio.sleep(min(8.0, FIRST_PAUSE * 2 ** (number - 1)) * random.uniform(0.5, 1))  # noqa: S311


def _position_of(message: Message) -> Position | None:
    return Position.from_json(message.upstream) if message.upstream else None
