"""Attempts at what is asked of a model of audio: at one provider after the other, past circuits and keys that can't be used.

They are written to the ledger, whatever becomes of them, and what was held back for them is settled.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from channels.db import database_sync_to_async

from conversations.database_jobs import DatabaseJobs
from conversations.models import OK, STOPPED, AttemptKind, Purpose
from conversations.providers import retries
from conversations.providers.errors import ProviderError
from conversations.routing import outcomes, routes
from conversations.usage.ledger.finished_attempt import NO_SUBJECT, Subject

from .attempt_log import AttemptLog
from .auxiliary_request import record
from .next_route import next_route
from .waiting import Waiting

if TYPE_CHECKING:
    from conversations.routing.routes import Route
    from conversations.routing.sources import Source

log = logging.getLogger(__name__)
Made = TypeVar("Made")


class Held(NamedTuple):
    """A reservation in the budgets of the user who pays."""

    database: DatabaseJobs
    owner_id: uuid.UUID
    reserved: uuid.UUID


async def first_success(
    model: str,
    has: Callable[[Source, str], bool],
    held: Held,
    attempt: Callable[[AttemptLog, Route], Awaitable[Made]],
    *,
    kind: AttemptKind,
    subject: Subject = NO_SUBJECT,
    keep: Callable[[Made], object] = lambda made: None,
    may_go_on: Callable[[], bool] = lambda: True,
) -> Made:
    """What the first attempt makes that succeeds. `has`: which providers can be asked; `may_go_on`: whether another attempt is of use.

    `keep` is synchronous, and called in the transaction that writes the attempts into the ledger, each with this `kind` and `subject`.

    Raises ProviderError. What is cancelled is in the ledger as stopped.
    """
    attempts, outcome = AttemptLog(0, None, kind, subject), STOPPED
    save: Callable[[], object] | None = None
    try:
        made = await _first_success(model, has, attempts, attempt, may_go_on)
        outcome, save = OK, partial(keep, made)
        return made
    except ProviderError as error:
        outcome = error.kind
        raise
    finally:
        attempts.close(outcome)
        await asyncio.shield(record(held.database, attempts, Purpose.AUDIO, held.owner_id, held.reserved, save or (lambda: None)))


async def _first_success(
    model: str,
    has: Callable[[Source, str], bool],
    attempts: AttemptLog,
    attempt: Callable[[AttemptLog, Route], Awaitable[Made]],
    may_go_on: Callable[[], bool],
) -> Made:
    tried, waiting = routes.Tried(), Waiting(attempts)
    while True:
        route = await next_route(model, tried, waiting, lambda source: has(source, model))
        try:
            return await attempt(attempts, route)
        except ProviderError as error:
            await database_sync_to_async(outcomes.failed)(route, error, tried)
            if not may_go_on() or waiting.is_exhausted or not retries.is_worth_another_try(error):
                raise
            log.info("Attempt %s with %s failed (%s)", attempts.number, model, error.kind)
