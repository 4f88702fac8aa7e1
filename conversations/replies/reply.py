"""One reply while it runs: context → provider → parts → watchers → saved."""

from __future__ import annotations

import asyncio
import logging
import uuid
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any

from channels.db import database_sync_to_async
from django.utils import timezone

from conversations.models import Message, RejectedParameter, Status
from conversations.providers.endpoint import Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta, Finish, Part, Usage
from conversations.providers.request import Request

from . import context, events, watchers
from .output import Output
from .pacing import Pacer

if TYPE_CHECKING:
    from conversations.providers.streams import Stream

log = logging.getLogger(__name__)

LONGEST_ANSWER = 3600.0
"""Seconds."""
LARGEST_ANSWER = 32 * 1024 * 1024
"""Characters."""


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
        self.upstream: dict[str, Any] | None = message.upstream
        self.unsaved = False
        self.left_to_others = False
        """It goes on elsewhere: another process may take it up."""
        self.lease_renewed = self.started
        self._said_before = self.output.length
        self._used_before = message.usage or _estimate(None, self.output.length)
        self._prompt_length = 0
        self._pacer = pacer
        self._thinking_since = 0.0
        self._task: asyncio.Task[None] | None = None
        self._ended_as: Status | None = None

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
        self.stop(Status.STREAMING if self.output.length else Status.PENDING)

    def move_to(self, run: int) -> None:
        """What it said belongs to this later run: others believed it dead and said so."""
        self.run = run
        self.output.move_to(run)

    def _how_it_was_ended(self) -> Status:
        return self._ended_as or Status.INTERRUPTED

    def snapshot(self) -> events.Event:
        return events.snapshot(self.conversation_id, self.id, self.status, self.output.parts, self.output.end)

    def usage_json(self) -> dict[str, Any] | None:
        """The provider's count, or an estimate (marked so) where the stream ended before it came; all goes of a reply together."""
        now = self.usage._asdict() if self.usage else _estimate(self._prompt_length, self.output.length - self._said_before)
        if now is None:
            return self._used_before
        before = self._used_before or {}
        total: dict[str, Any] = {}
        for name in Usage._fields:
            earlier = before.get(name)
            total[name] = now[name] if earlier is None else earlier + (now[name] or 0)
        return {**total, "estimated": self.usage is None or bool(before.get("estimated"))}

    async def _answer(self) -> None:
        from conversations.providers import current  # here, for the SDK takes long to load; see `serve`
        from conversations.providers.streams import open_stream

        endpoint = await current.endpoint()
        request = await database_sync_to_async(self._request)(endpoint)
        self.model = request.model
        while True:
            try:
                async with open_stream(endpoint, request) as stream:
                    await self._read(stream)
                break
            except ProviderError as error:
                spoke = self.output.length != self._said_before
                if error.kind != "parameter" or error.parameter not in request.parameters or spoke:
                    raise
                await database_sync_to_async(self._remember_rejection)(endpoint, request.model, error)
                kept = {name: value for name, value in request.parameters.items() if name != error.parameter}
                request = replace(request, parameters=kept)
        self.parameters = dict(request.parameters)
        if self.finish_reason == "content_filter":
            raise ProviderError("content_filter", cause="finish_reason: content_filter")
        self.status = Status.COMPLETE

    def _request(self, endpoint: Endpoint) -> Request:
        message = self._message
        version = message.prompt_version
        system = version.text if version else ""
        model = message.model or endpoint.model
        parameters = message.parameters
        if parameters:
            rejected = RejectedParameter.objects.filter(base_url=endpoint.base_url, model=model).values_list("parameter", flat=True)
            refused = set(rejected)
            parameters = {name: value for name, value in parameters.items() if name not in refused}
        room = context.room_for_turns(endpoint.context_window, system, parameters.get("max_output_tokens"))
        turns = context.turns(message, room)
        self._prompt_length = sum(context.estimated_tokens(text) for text in (system, *(turn.text for turn in turns)))
        return Request(
            model=model,
            system=system,
            turns=turns,
            parameters=parameters,
            user=str(self.owner_id),
            cache_key=str(version.pk if version else self.conversation_id),
        )

    def _remember_rejection(self, endpoint: Endpoint, model: str, error: ProviderError) -> None:
        RejectedParameter.objects.get_or_create(
            base_url=endpoint.base_url, model=model, parameter=error.parameter, defaults={"cause": error.cause}
        )

    async def _read(self, stream: Stream) -> None:
        try:
            async with asyncio.timeout(LONGEST_ANSWER):
                async for parts in stream:
                    spoke = False
                    for part in parts:
                        spoke |= self._take(part)
                    if spoke:
                        self.unsaved = True
                        self._pacer.hold(stream)
                    if self.output.length > LARGEST_ANSWER:
                        raise ProviderError("interrupted", cause=f"The answer was longer than {LARGEST_ANSWER:,} characters.")
        except TimeoutError:
            raise ProviderError("timeout", cause=f"The answer took longer than {LONGEST_ANSWER:.0f} s.") from None

    def _take(self, part: Part) -> bool:
        """Add one part to the output and tell the watchers. True where there was something to say."""
        if isinstance(part, Delta):
            if part.text:
                self._say(part.kind, part.text)
                return True
        elif isinstance(part, Usage):
            self.usage = part
        elif isinstance(part, Finish):
            self.finish_reason = part.reason
        return False

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


def can_go_on(parts: list[dict[str, Any]], upstream: dict[str, Any] | None) -> bool:
    """Whether a reply that stands so can go on in another process without a seam.

    It can where nothing was said yet, and where the provider takes up its own stream or goes on from a text.
    """
    from conversations.providers import current  # here, for the SDK takes long to load; see `serve`

    if not parts:
        return True
    match current.resume():
        case "background":
            return upstream is not None
        case "prefix":
            return bool(parts[-1]["type"] == "text")
    return False


def _estimate(prompt: int | None, said: int) -> dict[str, Any] | None:
    """What `said` characters will have taken, where the provider's count never came; None where nothing was said."""
    if not said:
        return None
    return {**Usage(prompt, None, (said + 3) // 4, None)._asdict(), "estimated": True}
