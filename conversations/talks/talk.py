"""A talk in speech: what the user's page sends goes to the provider, and what comes from there to the page and into the conversation.

It has one task, which reads the provider's events one after the other. An answer is a reply as any other: it is saved, shown in other tabs
and stopped as such, and outlives the page.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from django.conf import settings

from conversations.broadcast.frames import Frame
from conversations.commands.refusals import Refused
from conversations.commands.spoken import Opening
from conversations.processes.supervisor import Supervisor
from conversations.providers import realtime_events
from conversations.providers.errors import ProviderError

from . import frames, places, sentences
from .connecting import Connecting
from .ending import Ending, Over
from .events import Events
from .link import Link
from .page import Page
from .turns import Turns, Who

if TYPE_CHECKING:
    from conversations.providers.realtime_events import Event

LEAVING_SECONDS = 1.5
"""When a talk ends, what the provider still says of it is awaited so long: what an answer took, and what the user said last."""
RECENT_BYTES = 96_000
"""Of what the microphone sends while nothing is said: the beginning of a word comes before it is noticed."""
MOST_SAID_BYTES = 3_000_000
"""Of what is said in a turn: a minute. It is kept to be asked again, or to be transcribed otherwise."""


class Talk:
    def __init__(self, opening: Opening, who: Who, supervisor: Supervisor, page: Page) -> None:
        self._opening, self._page, self._owner_id = opening, page, who.owner_id
        self._link = Link()
        self._connecting = Connecting(opening, who.owner_id, supervisor.database)
        self._turns = Turns(opening, who, supervisor, page, self._link)
        self._events = Events(self._turns, page, self._link)
        self._ending = Ending()
        self._recent = bytearray()

    def end(self) -> None:
        """The page is gone, or doesn't want to talk any more."""
        self._ending.come()

    async def hear(self, sound: bytes) -> None:
        """From the microphone: PCM of 16 bits, 24 kHz, mono. Waits where the provider takes no more."""
        if (connection := self._link.connection) is None or self._ending.has_come:
            return
        self._recent += sound
        del self._recent[: max(0, len(self._recent) - (MOST_SAID_BYTES if self._events.is_uttering else RECENT_BYTES))]
        try:
            await connection.send(realtime_events.append(sound))
        except ProviderError:
            await connection.close()  # so that it is noticed where events are received

    async def was_played(self, item: str, milliseconds: int) -> None:
        """Of an answer that the user interrupted, so much was heard: neither the model nor a reader is to think that all of it was."""
        if (turn := self._turns.spoken_by(item)) is not None:
            most = turn.played[item] * 1000 // realtime_events.BYTES_PER_SECOND
            heard = min(max(0, milliseconds), most)
            self._turns.interrupted(turn, item, heard * realtime_events.BYTES_PER_SECOND // 1000)
            with contextlib.suppress(ProviderError):
                await self._link.send(realtime_events.truncate(item, heard))

    async def run(self) -> Frame:
        """Until it ends. Returns the frame that says why; raises SignedOut, and TooSlow where the page takes no more."""
        try:
            with places.taken(self._owner_id):
                try:
                    await self._follow()
                finally:
                    await self._leave()
        except Over as over:
            return frames.ended(over.code, over.detail)
        except Refused as refused:
            return frames.ended(refused.code, refused.detail, refused.resets)
        except ProviderError as error:
            return frames.ended("provider", sentences.of(error))
        raise AssertionError  # it follows for ever

    async def _follow(self) -> None:
        ends_at = asyncio.get_running_loop().time() + settings.REALTIME_MINUTES * 60
        await self._connect()
        while True:
            try:
                event = await self._receive(ends_at)
                await self._events.take(event, self._said)
                if event["type"] == "response.done":
                    self._connecting.begin_again()
            except ProviderError as error:
                await self._recover(error)
            except Refused as refused:
                if not refused.is_brief:
                    raise
                self._page.tell(frames.answered(None, refused.detail))

    def _said(self) -> bytes:
        """What the microphone sent since the last turn."""
        said = bytes(self._recent)
        self._recent.clear()
        return said

    async def _receive(self, ends_at: float) -> Event:
        """The next event. Raises Over where none is awaited any more, and ProviderError where one is that doesn't come."""
        assert self._link.connection is not None
        due, now = self._events.answer_due, asyncio.get_running_loop().time
        try:
            async with asyncio.timeout_at(min(one for one in (ends_at, due, self._events.idle_at) if one is not None)):
                return await self._ending.unless(self._link.connection.receive())
        except TimeoutError:
            if due is not None and now() >= due:
                raise ProviderError("timeout", "Nothing came of the answer.") from None
        raise Over("time", sentences.TIME_IS_UP) if now() >= ends_at else Over("idle", sentences.IDLE)

    async def _connect(self) -> None:
        self._link.begin(*await self._ending.unless(self._connecting.connect(self._turns.context)))
        self._events.touch()
        self._page.tell(frames.talking(self._turns.conversation_id, self._link.route.offer.name or self._opening.model))

    async def _recover(self, error: ProviderError) -> None:
        """Go on with another session, which is told what was said. Raises the error where none is to be had."""
        turn, route = self._turns.current, self._link.route
        await self._link.close()
        self._events.is_speaking = self._events.is_uttering = False
        self._events.answer_due = None
        if turn is not None and not turn.is_answered and turn.answer.was_heard:
            self._events.broke_off(turn, error)
        self._page.tell(frames.reconnecting(sentences.of(error)))
        is_awaited = turn is not None and not turn.is_answered
        while True:
            try:
                await self._connecting.failed(route, error)
                await self._connect()
            except ProviderError as final:
                if turn is not None and is_awaited:
                    self._events.broke_off(turn, final)
                raise
            if turn is None or not is_awaited:
                return
            route = self._link.route
            turn.answer.failed(error, route)
            if not turn.is_understood:
                self._turns.transcribe(turn)  # this session doesn't know that it was said
            try:
                await self._turns.ask(turn)
            except ProviderError as again:
                error = again
                await self._link.close()
            else:
                self._events.asked()
                return

    async def _leave(self) -> None:
        """What runs is stopped, and what is still to be known of it is awaited for a moment."""
        self._events.is_leaving = True
        turn = self._turns.current
        if turn is not None and not turn.is_answered:
            turn.stop()
        try:
            with contextlib.suppress(ProviderError, TimeoutError):
                async with asyncio.timeout(LEAVING_SECONDS):
                    while self._link.connection is not None and (self._turns.is_answering or self._turns.not_understood):
                        await self._events.take(await self._link.connection.receive(), self._said)
        finally:
            for turn in self._turns.not_understood:
                self._turns.transcribe(turn)
            await self._link.close()
