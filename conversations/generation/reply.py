"""One reply while it is generated: its output, what is published of it, and how it ends. Its deltas come from `attempt_loop`."""

from __future__ import annotations

import asyncio
import logging
import uuid
from contextlib import aclosing
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from django.utils import timezone

from conversations.broadcast import frames
from conversations.models import OK, STOPPED, Message, Status
from conversations.providers import finish_reasons
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta, Picture, Source, WasReasoning

from . import pictures, pictures_made
from .attempt_loop import AttemptLoop, Finished
from .output import Output
from .waiting import Retrying

if TYPE_CHECKING:
    from conversations.broadcast.hub import Hub

    from .first_attempt import FirstAttempt
    from .spoken_answer import SpokenAnswer
    from .throttle import Throttle

log = logging.getLogger(__name__)

MAX_ANSWER_SECONDS = 3600.0
ENDED = (Status.COMPLETE, Status.STOPPED, Status.FAILED)
HANDED_OVER = "handed_over"
"""Outcome of an attempt that another process continues."""


class Reply:
    """Owned by the process, not by a socket. `generate` never raises; afterwards `status` and `error` say how it ended."""

    def __init__(
        self, message: Message, throttle: Throttle, hub: Hub, first: FirstAttempt | None = None, spoken: SpokenAnswer | None = None
    ) -> None:
        self.id: uuid.UUID = message.pk
        self.conversation_id: uuid.UUID = message.conversation_id
        self.owner_id: uuid.UUID = message.owner_id
        self.version_id: uuid.UUID | None = message.prompt_version_id
        self.token_id: uuid.UUID | None = message.token_id
        self.loop = asyncio.get_running_loop()
        self.run = message.run
        self.output = Output(message.parts, message.run)
        self.is_spoken = spoken is not None
        self.attempts: AttemptLoop | SpokenAnswer = spoken or AttemptLoop(message, self.output, throttle, first)
        self.saved = asyncio.Event()
        """Its end is written, or can't be."""
        self.status = Status(message.status)
        self.error: ProviderError | None = None
        self.started: datetime = timezone.now()
        self.first_token: datetime | None = message.first_token
        self.purpose = pictures.purpose(message)
        self._pictures = pictures_made.Pictures(message)
        self.is_first_run = message.run == 0 and message.usage is None
        self.unsaved = False
        self.taken_over = False
        """Another process writes it now: this one saves nothing of it any more."""
        self.presumed_lost = False
        """Another process presumed it lost, and counted its likely use."""
        self.lease_renewed = self.started
        self._hub = hub
        self._reasoning_since = 0.0
        self._task: asyncio.Task[None] | None = None
        self._ended_as: Status | None = None
        self._retrying: frames.Frame | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes, although the end may not be saved yet."""
        return self._task is not None and self._task.done()

    @property
    def upstream(self) -> dict[str, object] | None:
        """The position from which another process can take up the provider's stream, to be stored with exactly the output before it."""
        return None if self.status in ENDED else self.attempts.upstream

    @property
    def retry_at(self) -> datetime | None:
        """When another attempt is worthwhile, where it failed and that is known."""
        if self.error is None or self.error.retry_after is None:
            return None
        return timezone.now() + timedelta(seconds=min(self.error.retry_after, 24 * 3600.0))

    async def generate(self) -> None:
        self._task = asyncio.create_task(self._follow_attempts())
        if self._ended_as is not None:  # before it began
            self._task.cancel()
        outcome = OK
        try:
            await self._task
            self.status, self.error = Status.COMPLETE, None
        except asyncio.CancelledError:
            self.status, outcome = self._ended_as or Status.INTERRUPTED, self._outcome_when_cancelled()
        except ProviderError as error:
            self._fail(error)
            outcome = error.kind
        except Exception as error:
            log.exception("Reply %s failed", self.id)
            self._fail(ProviderError("internal", cause=type(error).__name__))
            outcome = "internal"
        self.attempts.log.close(outcome, final=outcome != HANDED_OVER)

    def stop(self, status: Status = Status.STOPPED) -> None:
        """End it now; its output stays. The connection to the provider closes at once."""
        self._ended_as = status
        self.attempts.end()
        if self._task is not None:
            self._task.cancel()

    def leave(self) -> None:
        """End it here, so that another process takes it over."""
        self.attempts.leave()
        self.stop(self._status_so_far)

    def give_up(self) -> None:
        """End it here, because another process has taken it over, with the provider's stream."""
        self.taken_over = True
        self.leave()

    def move_to(self, run: int) -> None:
        """Its output belongs to this later run: another process presumed it lost and published that."""
        self.run = run
        self.presumed_lost = True
        self.output.move_to(run)

    def snapshot(self) -> frames.Frame:
        # Its end is published when it is saved, and not before: another process may have taken it over meanwhile.
        snapshot = frames.snapshot(self.conversation_id, self.id, self._status_so_far, self.output.parts, self.output.end)
        if self._pictures.preview:
            snapshot["preview"] = self._pictures.preview
        return snapshot if self._retrying is None else {**snapshot, "retrying": self._retrying["detail"]}

    def publish_snapshot(self) -> None:
        self._hub.publish(self.conversation_id, self.snapshot())

    @property
    def _status_so_far(self) -> Status:
        return Status.STREAMING if self.output.length else Status.PENDING

    def _outcome_when_cancelled(self) -> str:
        if self.attempts.left_to_others:
            return HANDED_OVER
        match self._ended_as:
            case Status.STOPPED:
                return STOPPED
            case None:
                return "timeout"
        return self.error.kind if self.error else "interrupted"

    async def _follow_attempts(self) -> None:
        try:
            async with asyncio.timeout(MAX_ANSWER_SECONDS), aclosing(self.attempts.steps()) as steps:
                async for step in steps:
                    match step:
                        case Delta():
                            self._append(step)
                        case Picture():
                            await self._take_picture(step)
                        case Source():
                            self.output.cite(step)
                            self.unsaved = True
                        case WasReasoning(characters):
                            self._turn_into_reasoning(characters)
                        case Retrying():
                            self._retrying = self._told(step)
                            self._hub.publish(self.conversation_id, self._retrying)
                        case Finished(finish_reasons.CONTENT_FILTER):
                            raise ProviderError("content_filter", cause="finish_reason: content_filter")
        except TimeoutError:
            raise ProviderError("timeout", cause=f"The answer took longer than {MAX_ANSWER_SECONDS:.0f} s.") from None

    def _told(self, step: Retrying) -> frames.Frame:
        return frames.retrying(self.conversation_id, self.id, step.kind, step.seconds, begun=self.output.length > 0)

    def _append(self, delta: Delta) -> None:
        if self.first_token is None:
            self.first_token = timezone.now()
        self._retrying = None
        self.unsaved = True
        self.status = Status.STREAMING
        if delta.kind == "reasoning":
            self._reasoning_since = self._reasoning_since or monotonic()
        elif self._reasoning_since:
            self.output.note(seconds=round(monotonic() - self._reasoning_since, 1))
            self._reasoning_since = 0.0
        part, offset = self.output.append(delta.kind, delta.text, delta.call)
        call = delta.call and delta.call._asdict()
        self._hub.publish_streamed(
            self.conversation_id, frames.delta(self.conversation_id, self.id, part, delta.kind, delta.text, offset, self.output.end, call)
        )

    async def _take_picture(self, picture: Picture) -> None:
        if self.first_token is None:
            self.first_token = timezone.now()
        self._retrying = None
        if picture.is_partial:
            self._pictures.show(picture, self._publish_preview)
            return
        part = None
        try:
            part = await self._pictures.keep(picture, self.output.parts, self.run)
        finally:
            part = part or self._pictures.kept
            if part is not None:  # what has been paid for isn't lost by a Stop
                self.output.append_picture(part)
                self.unsaved, self.status = True, Status.STREAMING
                self.publish_snapshot()

    def _publish_preview(self, image: str) -> None:
        self._hub.publish(self.conversation_id, frames.preview(self.conversation_id, self.id, image))

    def _turn_into_reasoning(self, characters: int) -> None:
        self.output.turn_into_reasoning(characters)
        if self.first_token is not None:
            self.output.note(seconds=round((timezone.now() - self.first_token).total_seconds(), 1))
        self.unsaved = True
        self.publish_snapshot()

    def _fail(self, error: ProviderError) -> None:
        """Without output it failed. With output it was interrupted, and can be continued from there."""
        refused = error.kind == "content_filter"
        self.status = Status.INTERRUPTED if self.output.length and not refused else Status.FAILED
        self.error = error
        # Not its cause, in which providers quote the request. The admin shows it.
        log.warning(
            "Reply %s ended as %s: %s (HTTP %s, request %s)", self.id, self.status.value, error.kind, error.status, error.request_id
        )
