"""One reply while it runs: what it has said, who is told, and how it ends. How its words are got is `go`'s."""

from __future__ import annotations

import asyncio
import logging
import uuid
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.utils import timezone

from conversations.broadcast import events, hub
from conversations.models import OK, STOPPED, Message, Status
from conversations.providers.errors import ProviderError
from conversations.usage.ledger.finished_attempt import FinishedAttempt

from .attempt_loop import Go
from .output import Output
from .throttle import Pacer

log = logging.getLogger(__name__)

OVER = (Status.COMPLETE, Status.STOPPED, Status.FAILED)
HANDED_OVER = "handed_over"
"""Outcome of a try that goes on in another process."""


class RunningReply:
    """Owned by the process, not by a socket. `drive` never raises; afterwards `status` and its companions say how it ended."""

    def __init__(self, message: Message, pacer: Pacer) -> None:
        self.id: uuid.UUID = message.pk
        self.conversation_id: uuid.UUID = message.conversation_id
        self.owner_id: uuid.UUID = message.owner_id
        self.version_id: uuid.UUID | None = message.prompt_version_id
        self.loop = asyncio.get_running_loop()
        self.run = message.run
        self.output = Output(message.parts, message.run)
        self.status = Status(message.status)
        self.error: ProviderError | None = None
        self.started: datetime = timezone.now()
        self.first_token: datetime | None = message.first_token
        self.is_first_go = message.run == 0 and message.usage is None
        self.unsaved = False
        self.taken_over = False
        self.believed_dead = False
        """Another process said so, and counted it."""
        self.lease_renewed = self.started
        self._thinking_since = 0.0
        self._task: asyncio.Task[None] | None = None
        self._ended_as: Status | None = None
        self._waits_for: events.Event | None = None
        self._go = Go(message, self.output, pacer, self._say, self._retrying)
        self._go.ended_as = self._outcome_when_ended

    @property
    def left_to_others(self) -> bool:
        """It goes on elsewhere: another process may take it up."""
        return self._go.left_to_others

    @property
    def model(self) -> str:
        return self._go.model

    @property
    def parameters(self) -> dict[str, Any]:
        return self._go.parameters

    @property
    def finish_reason(self) -> str:
        return self._go.finish_reason

    @property
    def usage_json(self) -> dict[str, Any] | None:
        return self._go.usage_json

    @property
    def tries(self) -> list[FinishedAttempt]:
        """Those that the ledger doesn't have yet."""
        return self._go.tries.done

    @property
    def upstream(self) -> dict[str, Any] | None:
        """Where the provider lets another process take up its stream, to be stored with exactly what was said up to there."""
        return None if self.status in OVER else self._go.upstream

    @property
    def retry_at(self) -> datetime | None:
        """When somebody can be asked again, where it failed and that is known."""
        if self.error is None or self.error.retry_after is None:
            return None
        return timezone.now() + timedelta(seconds=min(self.error.retry_after, 24 * 3600.0))

    async def drive(self) -> None:
        self._task = asyncio.create_task(self._go.run())
        if self._ended_as is not None:  # before it began
            self._task.cancel()
        outcome = OK
        try:
            await self._task
            self.status, self.error = Status.COMPLETE, None
        except asyncio.CancelledError:
            self.status, outcome = self._how_it_was_ended(), self._outcome_when_ended()
        except ProviderError as error:
            self._broken(error)
            outcome = error.kind
        except Exception as error:
            log.exception("Reply %s broke", self.id)
            self._broken(ProviderError("internal", cause=type(error).__name__))
            outcome = "internal"
        if outcome != HANDED_OVER:
            self._go.tries.close(outcome)

    def stop(self, status: Status = Status.STOPPED) -> None:
        """End it now; what was said stays. Closing the upstream connection follows within the same moment."""
        self._ended_as = status
        if self._task is not None:
            self._task.cancel()

    def leave(self) -> None:
        """End it here, so that another process takes it up where it stands."""
        self._go.leave()
        self.stop(Status.STREAMING if self.output.length else Status.PENDING)

    def give_up(self) -> None:
        """End it here, for another process has taken it over: nothing of it is saved any more, and the provider's stream is that one's."""
        self.taken_over = True
        self.leave()

    def move_to(self, run: int) -> None:
        """What it said belongs to this later run: others believed it dead and said so."""
        self.run = run
        self.believed_dead = True
        self.output.move_to(run)

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes, although the end may not be saved yet."""
        return self._task is not None and self._task.done()

    def _how_it_was_ended(self) -> Status:
        return self._ended_as or Status.INTERRUPTED

    def _outcome_when_ended(self) -> str:
        if self.left_to_others:
            return HANDED_OVER
        match self._ended_as:
            case Status.STOPPED:
                return STOPPED
            case None:
                return "timeout"
        return self.error.kind if self.error else "interrupted"

    def snapshot(self) -> events.Event:
        # That it ended is told when it is saved, and not before: another process may have taken it over meanwhile.
        status = Status.STREAMING if self.output.length else Status.PENDING
        snapshot = events.snapshot(self.conversation_id, self.id, status, self.output.parts, self.output.end)
        return snapshot if self._waits_for is None else {**snapshot, "retrying": self._waits_for["detail"]}

    def _retrying(self, kind: str, seconds: float) -> None:
        self._waits_for = events.retrying(self.conversation_id, self.id, kind, seconds)
        hub.publish(self.conversation_id, self._waits_for)

    def _say(self, kind: str, text: str) -> None:
        if self.first_token is None:
            self.first_token = timezone.now()
        self._waits_for = None
        self.unsaved = True
        self.status = Status.STREAMING
        if kind == "reasoning":
            self._thinking_since = self._thinking_since or monotonic()
        elif self._thinking_since:
            self.output.note(seconds=round(monotonic() - self._thinking_since, 1))
            self._thinking_since = 0.0
        index, offset = self.output.append(kind, text)
        hub.publish_words(
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
        # Not its cause: providers quote what they were asked. The admin has it.
        log.warning(
            "Reply %s ended as %s: %s (HTTP %s, request %s)", self.id, self.status.value, error.kind, error.status, error.request_id
        )
