"""What the provider tells of a talk, and what follows from it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings

from conversations.providers import finish_reasons, retries
from conversations.providers import realtime_events as known
from conversations.providers.errors import ProviderError

from . import frames, sentences
from .link import Link
from .page import Page
from .turn import Turn
from .turns import Turns

if TYPE_CHECKING:
    from conversations.providers.realtime_events import Event, Usage

log = logging.getLogger(__name__)

_HARMLESS = ("response_cancel_not_active", "conversation_already_has_active_response", "input_audio_buffer_commit_empty")


class Events:
    def __init__(self, turns: Turns, page: Page, link: Link) -> None:
        self._turns, self._page, self._link = turns, page, link
        self._loop = asyncio.get_running_loop()
        self.is_speaking = self.is_uttering = self.is_leaving = False
        """Whether the user speaks; or did, and that isn't a turn yet; whether only what belongs to the last turns is of interest."""
        self.answer_due: float | None = None
        """Until when the provider has to say more of an answer; None while none is made."""
        self._played_until = 0.0
        self.touch()

    @property
    def idle_at(self) -> float | None:
        """When the talk ends because nothing is said; None while an answer is made."""
        return None if self._turns.is_answering else max(self._touched, self._played_until) + settings.REALTIME_IDLE_SECONDS

    def touch(self) -> None:
        self._touched = self._loop.time()

    def asked(self) -> None:
        assert self._link.route.endpoint is not None
        self.answer_due = self._loop.time() + self._link.route.endpoint.first_token_seconds

    async def take(self, event: Event, said: Callable[[], bytes]) -> None:
        """`said`: what the microphone sent in this turn.

        Raises ProviderError where the session is of no more use, and Refused where no turn can begin.
        """
        kind = event["type"]
        if kind in known.SOUND_DELTAS:
            await self._play(event)
        elif kind in known.TEXT_DELTAS:
            self._caption(event)
        elif kind.startswith(known.HEARD):
            self._hear(kind.removeprefix(known.HEARD), event)
        elif kind == "response.created":
            self._created(event)
        elif kind == "response.done":
            await self._done(event)
        elif kind == "error":
            await self._error(event)
        elif self.is_leaving:
            return
        elif kind == "input_audio_buffer.speech_started":
            self._speak(begun=True)
        elif kind == "input_audio_buffer.speech_stopped":
            self._speak(begun=False)
        elif kind == "input_audio_buffer.committed":
            self._speak(begun=False)
            self.is_uttering = False
            await self._turns.begin(known.text(event, "item_id"), said())
            self.asked()

    def _speak(self, *, begun: bool) -> None:
        self.touch()
        if begun == self.is_speaking:
            return
        self.is_speaking, self.is_uttering = begun, begun or self.is_uttering
        if begun:
            self._page.silence()
            self._played_until = 0.0
        self._page.tell(frames.speech("begun" if begun else "ended"))

    def _hear(self, what: str, event: Event) -> None:
        if (turn := self._turns.said_by(known.text(event, "item_id"))) is None or turn.is_understood:
            return
        match what:
            case "delta":
                turn.text += known.text(event, "delta")
                self._page.tell(frames.heard(turn.message_id, turn.text, final=False))
            case "completed":
                self._turns.understood(turn, known.text(event, "transcript"), known.heard_usage(event))
            case "failed":
                self._turns.transcribe(turn)

    def _answered_by(self, event: Event) -> Turn | None:
        turn = self._turns.current
        return turn if turn is not None and turn.answer.is_wanted and turn.takes(known.text(event, "response_id")) else None

    async def _play(self, event: Event) -> None:
        turn, item = self._answered_by(event), known.text(event, "item_id")
        if turn is None or not (sound := turn.whole_samples(known.sound_of(event))):
            return
        self._more_came()
        turn.answer.sound_came(len(sound) / known.BYTES_PER_SECOND)
        if item not in turn.played:
            self._page.tell(frames.speaking(turn.reply.id, item))
        turn.played[item] = turn.played.get(item, 0) + len(sound)
        self._played_until = max(self._played_until, self._loop.time()) + len(sound) / known.BYTES_PER_SECOND
        await self._page.play(sound)

    def _caption(self, event: Event) -> None:
        if (turn := self._answered_by(event)) is not None and (text := known.text(event, "delta")):
            self._more_came()
            turn.answer.say(text)
            self._page.tell(frames.caption(turn.reply.id, text))

    def _more_came(self) -> None:
        assert self._link.route.endpoint is not None
        self.answer_due = self._loop.time() + self._link.route.endpoint.next_token_seconds

    def _created(self, event: Event) -> None:
        turn, response = self._turns.current, event.get("response")
        if turn is not None and not turn.is_answered and isinstance(response, dict) and not turn.response:
            turn.response = str(response.get("id") or "")

    async def _done(self, event: Event) -> None:
        response, turn = event.get("response"), self._turns.current
        if not isinstance(response, dict) or turn is None or not turn.takes(known.text(response, "id")):
            return
        usage = known.usage_of(response)
        details = response["status_details"] if isinstance(response.get("status_details"), dict) else {}
        self._turns.took(usage)
        match response.get("status"):
            case "cancelled":
                self._over(turn)
                turn.answer.interrupted(usage)
                turn.stop()
            case "failed":
                assert self._link.connection is not None
                await self._failed(turn, self._link.connection.error_of({"error": details.get("error") or {}}), usage)
            case "incomplete":
                self._over(turn)
                is_filtered = details.get("reason") == "content_filter"
                turn.answer.finish(finish_reasons.CONTENT_FILTER if is_filtered else finish_reasons.LENGTH, usage)
            case _:
                self._over(turn)
                turn.answer.finish(finish_reasons.STOP, usage)

    def _over(self, turn: Turn, problem: str = "") -> None:
        self.answer_due = None
        self.touch()
        self._page.tell(frames.answered(turn.reply.id, problem))

    async def _failed(self, turn: Turn, error: ProviderError, usage: Usage | None = None) -> None:
        """Another provider may answer where nothing was heard: then the error is raised. Else the talk goes on without this answer."""
        if not turn.answer.was_heard and retries.is_worth_another_try(error) and not self.is_leaving:
            raise error
        self.broke_off(turn, error, usage)

    def broke_off(self, turn: Turn, error: ProviderError, usage: Usage | None = None) -> None:
        self._over(turn, sentences.of(error))
        turn.answer.fail(error, usage)

    async def _error(self, event: Event) -> None:
        """Most don't concern the session, which goes on."""
        assert self._link.connection is not None
        said = event["error"] if isinstance(event.get("error"), dict) else {}
        error, turn = self._link.connection.error_of(event), self._turns.current
        if said.get("code") in _HARMLESS:
            return
        if said.get("code") == "session_expired":
            raise ProviderError("interrupted", error.cause)
        log.info("A talk was told of an error: %s (%s)", error.kind, error.request_id)
        if turn is not None and not turn.is_answered and said.get("event_id") in (turn.key, None):
            await self._failed(turn, error)
            await self._link.send({"type": "response.cancel", "event_id": "cancel"})  # what it says now would not be heard
        elif error.kind in retries.KEY_TROUBLE and not self.is_leaving:
            raise error
