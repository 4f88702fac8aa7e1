"""A request to a model beside the conversation, such as for a title: one attempt, without watchers, but in the ledger."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError

from conversations.database_jobs import DatabaseJobs, job_transaction
from conversations.models import OK, STOPPED, Purpose
from conversations.providers import finish_reasons
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta, WasReasoning
from conversations.providers.request import Request
from conversations.routing import outcomes, routes
from conversations.usage.ledger import recording
from conversations.usage.ledger.finished_attempt import NO_SUBJECT, Subject
from conversations.usage.ledger.token_estimate import tokens_read

from . import admission, settlement
from .attempt import MAX_ANSWER_CHARACTERS, Attempt
from .attempt_log import AttemptLog
from .upstream import Upstream

if TYPE_CHECKING:
    from conversations.routing.routes import Route

log = logging.getLogger(__name__)
Saved = TypeVar("Saved")


async def ask(
    database: DatabaseJobs,
    build: Callable[[], Request | None],
    max_characters: int,
    purpose: Purpose,
    owner_id: uuid.UUID,
    save: Callable[[str], Saved],
    subject: Callable[[], Subject] = lambda: NO_SUBJECT,
) -> Saved | None:
    """Ask what `build` returns, and give `save` the text of the answer, of which no more than about `max_characters` are read.

    Both are synchronous: what is asked of the database before the request is asked in one go, and so is all that follows it, in one
    transaction. `subject`: what it is about, which is known once it is built. Returns what `save` does, and None without a request. Raises
    ProviderError, and Exceeded where no budget has room for it.
    """
    begun = await database.do_for_caller(partial(_begin, build, owner_id), partial(_abandon, owner_id))
    if begun is None:
        return None
    route, request, reserved = begun
    tried, attempts, outcome = routes.Tried(), AttemptLog(0, subject=subject()), STOPPED
    try:
        with outcomes.released_on_error(route):
            route = await routes.ready(route)
    except BaseException:
        await asyncio.shield(record(database, attempts, purpose, owner_id, reserved, lambda: None))  # nothing was asked
        raise
    assert route.endpoint is not None
    request = replace(request, model=route.endpoint.model)
    route = replace(route, endpoint=replace(route.endpoint, resume=""))  # a lost answer is not worth resuming
    text, keep, saved = "", False, None
    attempt = Attempt(route, request, attempts, Upstream(None), prompt_tokens=_prompt_tokens(request))
    try:
        async with aclosing(attempt.deltas(max_characters=MAX_ANSWER_CHARACTERS)) as deltas:
            async for delta in deltas:
                if isinstance(delta, WasReasoning):
                    text = ""
                elif isinstance(delta, Delta) and delta.kind == "text":
                    text += delta.text
                if len(text) > max_characters:  # it is no title any more; leaving closes the connection
                    break
        outcome = attempt.finish_reason if attempt.finish_reason == finish_reasons.CONTENT_FILTER else OK
        keep = True
    except ProviderError as error:
        outcome = error.kind
        await database_sync_to_async(outcomes.failed)(route, error, tried)
        raise
    finally:
        attempts.close(outcome)
        then = partial(save, text[: max_characters + 1]) if keep else lambda: None
        saved = await asyncio.shield(record(database, attempts, purpose, owner_id, reserved, then))
    return saved


def _begin(build: Callable[[], Request | None], owner_id: uuid.UUID) -> tuple[Route, Request, uuid.UUID] | None:
    """The way, the request with its bound, and what is reserved for it."""
    if (request := build()) is None:
        return None
    route = routes.choose(request.model, routes.Tried())
    with outcomes.released_on_error(route):
        reserved, request = admission.reserve_auxiliary(request, owner_id)
    return route, request, reserved


def _abandon(owner_id: uuid.UUID, begun: tuple[Route, Request, uuid.UUID] | None) -> None:
    """Nothing was asked."""
    if begun is not None:
        outcomes.released(begun[0])
        settlement.settle_auxiliary(begun[2], owner_id, [])


def _prompt_tokens(request: Request) -> int:
    return sum(tokens_read(text) for text in (request.system, *(turn.text for turn in request.turns)))


async def record(
    database: DatabaseJobs,
    attempts: AttemptLog,
    purpose: Purpose,
    owner_id: uuid.UUID,
    reserved: uuid.UUID,
    save: Callable[[], Saved | None],
) -> Saved | None:
    try:
        return await database.do(partial(_record_now, attempts, purpose, owner_id, reserved, save))
    except (DatabaseError, InterfaceError) as error:
        log.warning("A %s is missing in the ledger, because the database can't be reached: %s", purpose.value, error)
        return None


def _record_now(
    attempts: AttemptLog, purpose: Purpose, owner_id: uuid.UUID, reserved: uuid.UUID, save: Callable[[], Saved | None]
) -> Saved | None:
    with job_transaction():
        rows = recording.record(attempts.done, purpose=purpose, reply_id=None, owner_id=owner_id)
        settlement.settle_auxiliary(reserved, owner_id, rows, is_noted=purpose == Purpose.AUDIO)
        return save()
