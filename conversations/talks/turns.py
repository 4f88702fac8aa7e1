"""The turns of a talk in the conversation: each has a message of the user and a reply, as what is written has."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from conversations.broadcast import frames as shown
from conversations.commands import spoken
from conversations.commands.idempotency import Exchange
from conversations.commands.refusals import Refused, SignedOut
from conversations.commands.spoken import Opening
from conversations.generation.attempt_log import AttemptLog
from conversations.generation.spoken_answer import SpokenAnswer
from conversations.generation.spoken_estimates import MOST_OUTPUT_TOKENS, Read
from conversations.models import User
from conversations.models.identifiers import new_id
from conversations.models.messages import NOT_UNDERSTOOD
from conversations.processes.supervisor import Supervisor
from conversations.providers import realtime_events
from conversations.providers.errors import ProviderError
from conversations.usage.ledger.audio_prices import TOKENS_PER_SECOND

from . import frames, sentences, understanding
from .link import Link
from .page import Page
from .turn import Turn

if TYPE_CHECKING:
    from conversations.providers.realtime_events import Event, Heard, Usage

BYTES_PER_SECOND = 48_000
"""Of sound, as the page and the provider send it."""
MOST_REMEMBERED = 40
"""Turns that a session is told of which takes the place of another one."""


class Who(NamedTuple):
    """`sign_in` says whose talk it is, or raises SignedOut: synchronous."""

    owner_id: uuid.UUID
    sign_in: Callable[[], User]


class Turns:
    def __init__(self, opening: Opening, who: Who, supervisor: Supervisor, page: Page, link: Link) -> None:
        self._opening, self._who, self._supervisor, self._page, self._link = opening, who, supervisor, page, link
        self._is_new, self._read = opening.is_new, opening.read
        self._past: deque[Turn] = deque(maxlen=MOST_REMEMBERED)

    @property
    def conversation_id(self) -> uuid.UUID | None:
        """None until something was said in a new one."""
        return None if self._is_new else self._opening.conversation_id

    @property
    def current(self) -> Turn | None:
        """Whose answer may be coming."""
        return self._past[-1] if self._past else None

    @property
    def is_answering(self) -> bool:
        return self.current is not None and not self.current.is_answered

    def said_by(self, item: str) -> Turn | None:
        return next((turn for turn in reversed(self._past) if turn.item == item), None)

    def spoken_by(self, item: str) -> Turn | None:
        return next((turn for turn in reversed(self._past) if item in turn.played), None)

    @property
    def not_understood(self) -> list[Turn]:
        return [turn for turn in self._past if not turn.is_understood]

    def context(self) -> list[Event]:
        """What a session is told of the conversation. What is still to be answered comes last, as it sounded if its words aren't known."""
        said = [*self._opening.turns]
        last: list[Event] = []
        for turn in self._past:
            if turn is self.current and not turn.is_answered:
                last = [realtime_events.said_item(turn.sound) if turn.sound else realtime_events.item("user", turn.text)]
            else:
                said += turn.said
        return [*realtime_events.items(said), *last]

    async def begin(self, item: str, sound: bytes) -> Turn:
        """The user has spoken: save that, and ask for an answer. Raises Refused, SignedOut and, of a lost session, ProviderError."""
        if (before := self.current) is not None:
            if not before.is_answered:
                before.stop()
            await before.reply.saved.wait()  # a message can only follow an answer
        if self._supervisor.is_draining:
            raise Refused("draining", sentences.DRAINING)
        heard = len(sound) * TOKENS_PER_SECOND // BYTES_PER_SECOND
        read = Read(self._read.text, self._read.audio + heard)
        beginning = self._supervisor.keep_command(self._begin(item, sound, read), Refused, SignedOut)
        turn: Turn = await asyncio.shield(beginning)
        if not self._link.transcriber:
            self.transcribe(turn)
        await self.ask(turn)
        return turn

    async def _begin(self, item: str, sound: bytes, read: Read) -> Turn:
        exchange, news = await self._supervisor.database.do(partial(self._save, new_id(), read))
        conversation, hub = exchange.conversation, self._supervisor.hub
        for frame in news:
            hub.publish(conversation.pk, frame)
        hub.publish(self._who.owner_id, shown.conversation(conversation, running=True))
        answer = SpokenAnswer(exchange.reply, self._link.route, self._interrupt)
        turn = Turn(item, exchange.message.pk, sound, answer, self._supervisor.start(exchange.reply, spoken=answer))
        self._is_new = False
        self._past.append(turn)
        self._page.tell(frames.turn(conversation.pk, turn.message_id, turn.reply.id))
        return turn

    def _save(self, request_id: uuid.UUID, read: Read) -> tuple[Exchange, list[shown.Frame]]:
        exchange = spoken.speak(self._who.sign_in(), request_id, opened=self._opening, is_new=self._is_new, read=read)
        alone = exchange.without_siblings
        return exchange, [
            shown.message(message, [message.pk] if message in alone else message.siblings) for message in (exchange.message, exchange.reply)
        ]

    async def ask(self, turn: Turn) -> None:
        """For the answer, whose length a budget may have bounded. Raises ProviderError."""
        turn.response = ""
        await self._link.send(realtime_events.respond(turn.key, turn.answer.parameters.get("max_output_tokens") or MOST_OUTPUT_TOKENS))

    def took(self, usage: Usage | None) -> None:
        """An answer took this: the next one reads all of it."""
        if usage is not None and usage.input is not None:
            audio = usage.audio_input + usage.audio_output
            self._read = Read(max(0, usage.input + (usage.output or 0) - audio), audio)

    def understood(self, turn: Turn, text: str, heard: Heard) -> None:
        """By the session. Saved at once, and beside what comes."""
        if not turn.is_understood:
            link, seconds = self._link, len(turn.sound) / BYTES_PER_SECOND
            took = understanding.took(link.route, link.transcriber, heard, turn.message_id, len(text), seconds)
            self._keep(turn, text, took)

    def transcribe(self, turn: Turn) -> None:
        """The session doesn't say what was said."""
        turn.is_understood = True
        self._supervisor.talks.transcribe(self._transcribe(turn))

    async def _transcribe(self, turn: Turn) -> None:
        try:
            text = await understanding.transcribed(turn.sound, self._who.owner_id)
        except asyncio.CancelledError:  # the server ends, and no other process has the sound
            text = ""
        self._keep(turn, text or turn.text, AttemptLog(0))

    def _keep(self, turn: Turn, text: str, took: AttemptLog) -> None:
        turn.text, turn.is_understood = text.strip(), True
        if turn.text or turn.is_answered:
            turn.sound = b""
        self._page.tell(frames.heard(turn.message_id, turn.text or NOT_UNDERSTOOD, final=True))
        self._supervisor.talks.save(self._save_text(turn, took))

    async def _save_text(self, turn: Turn, took: AttemptLog) -> None:
        news = await understanding.save(self._supervisor.database, turn.message_id, self._who.owner_id, turn.text, took)
        for topic, frame in news:
            self._supervisor.hub.publish(topic, frame)

    def interrupted(self, turn: Turn, item: str, heard: int) -> None:
        """No more of the answer is kept than so many bytes of this item tell."""
        if turn.interrupted(item, heard):
            self._supervisor.talks.save(self._cut(turn))

    async def _cut(self, turn: Turn) -> None:
        await turn.reply.saved.wait()
        cut = partial(spoken.interrupted, turn.reply.id, self._who.owner_id, turn.reply.run, turn.answer_heard)
        for topic, frame in await self._supervisor.database.do(cut):
            self._supervisor.hub.publish(topic, frame)

    def _interrupt(self) -> None:
        """The answer was stopped here, not by the user's speaking: the provider doesn't know."""
        self._page.silence()
        if (turn := self.current) is not None:
            self._page.tell(frames.answered(turn.reply.id))
        self._supervisor.keep(self._cancel())

    async def _cancel(self) -> None:
        with contextlib.suppress(ProviderError):
            await self._link.send({"type": "response.cancel", "event_id": "cancel"})
