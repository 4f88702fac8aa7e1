"""A session with a provider that has the model: the first that takes it, past circuits and keys that can't be used."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from channels.db import database_sync_to_async

from conversations.commands.spoken import Opening
from conversations.generation.attempt_log import AttemptLog
from conversations.generation.auxiliary_request import record
from conversations.generation.next_route import next_route
from conversations.generation.waiting import Waiting
from conversations.models import AttemptKind, Purpose
from conversations.models.identifiers import new_id
from conversations.providers import header_templates, realtime_events, retries
from conversations.providers.errors import ProviderError
from conversations.providers.request import Request
from conversations.routing import outcomes, routes, speech_to_speech, transcribing

from . import voices

if TYPE_CHECKING:
    from conversations.database_jobs import DatabaseJobs
    from conversations.providers.realtime import Connection
    from conversations.providers.realtime_events import Event
    from conversations.routing.routes import Route
    from conversations.routing.sources import Source

log = logging.getLogger(__name__)

SESSION_SECONDS = 15.0
"""A provider may take so long to take the session's instructions."""


class Connecting:
    """To one provider after the other, for one talk."""

    def __init__(self, opening: Opening, owner_id: uuid.UUID, database: DatabaseJobs) -> None:
        self._opening, self._owner_id, self._database = opening, owner_id, database
        self.begin_again()

    def begin_again(self) -> None:
        """It went well for a while: what failed before doesn't count any more."""
        self.attempts = AttemptLog(0, None, AttemptKind.TALK)
        self._tried, self._waiting = routes.Tried(), Waiting(self.attempts)

    async def failed(self, route: Route, error: ProviderError) -> None:
        """A session broke off, or an answer failed in it. Raises the error where no other attempt is of use."""
        await database_sync_to_async(outcomes.failed)(route, error, self._tried)
        if self._waiting.is_exhausted or not retries.is_worth_another_try(error):
            raise error

    async def connect(self, context: Callable[[], Sequence[Event]]) -> tuple[Route, Connection, str]:
        """A session that has its instructions, and then what `context` says; and the model that transcribes in it. Raises ProviderError."""
        try:
            while True:
                route = await next_route(self._opening.model, self._tried, self._waiting, self._has)
                try:
                    with outcomes.released_on_error(route):
                        transcriber = await database_sync_to_async(_transcriber)(route.source)
                        connection = await self._session(route, transcriber, context)
                except ProviderError as error:
                    self.attempts.fail(route, error)
                    log.info("A talk could not begin with %s (%s)", route.source.name, error.kind)
                    await self.failed(route, error)
                    continue
                outcomes.succeeded(route)
                self.attempts.number += 1
                return route, connection, transcriber
        finally:
            if self.attempts.done:
                await asyncio.shield(record(self._database, self.attempts, Purpose.AUDIO, self._owner_id, new_id(), lambda: None))
                self.attempts.done.clear()

    def _has(self, source: Source) -> bool:
        return speech_to_speech.has(source, self._opening.model)

    async def _session(self, route: Route, transcriber: str, context: Callable[[], Sequence[Event]]) -> Connection:
        from conversations.providers import realtime  # here, for aiohttp takes long to load; see `serve`

        assert route.endpoint is not None  # of the built-in model, which doesn't talk
        about = Request(route.endpoint.model, "", [], user=str(self._owner_id), about=self._opening.about)
        headers = header_templates.filled(route.endpoint.header_templates, about)
        connection = await realtime.connect(route.endpoint, headers)
        try:
            voice = voices.fitting(self._opening.voice, is_openai=route.endpoint.is_openai)
            async with asyncio.timeout(SESSION_SECONDS):
                await connection.send(realtime_events.session(self._opening.instructions, voice, transcriber))
                while (event := await connection.receive())["type"] != "session.updated":
                    if event["type"] == "error":
                        raise connection.error_of(event)
                for item in context():
                    await connection.send(item)
        except TimeoutError:
            await connection.close()
            raise ProviderError("timeout", "The session did not begin.") from None
        except BaseException:
            await connection.close()
            raise
        return connection


def _transcriber(source: Source) -> str:
    """The model that writes down what the user says, by the provider's name for it; "" where it isn't known to have one. Synchronous."""
    model = transcribing.model()
    if model and transcribing.has(source, model) and (offer := source.offer(model)) is not None:
        return offer.upstream
    found = next((offer.upstream for offer in source.offers if offer.transcribes), "")
    is_openai = source.endpoint is not None and source.endpoint.is_openai
    return found or (transcribing.USUAL_AT_OPENAI if is_openai else "")
