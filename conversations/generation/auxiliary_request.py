"""A request to a model beside the conversation, such as for a title: one attempt, without watchers, but in the ledger."""

from __future__ import annotations

import asyncio
import logging
import uuid
from contextlib import aclosing
from dataclasses import replace

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError, transaction

from conversations.models import OK, STOPPED, Purpose
from conversations.providers import finish_reasons
from conversations.providers.errors import ProviderError
from conversations.providers.parts import WasReasoning
from conversations.providers.request import Request
from conversations.usage.ledger import recording
from conversations.usage.ledger.token_estimate import tokens_read

from . import admission
from .attempt import MAX_ANSWER_CHARACTERS, Attempt
from .attempt_log import AttemptLog
from .upstream import Upstream

log = logging.getLogger(__name__)


async def ask(request: Request, max_characters: int, purpose: Purpose, owner_id: uuid.UUID) -> str:
    """The text of the answer, of which no more than about `max_characters` are read.

    Raises ProviderError, and Exceeded where no budget has room for it.
    """
    from conversations.routing import routes  # here, for the SDK takes long to load; see `serve`

    tried = routes.Tried()
    route = await database_sync_to_async(routes.choose)(request.model, tried)
    with routes.released_on_error(route):
        route = await routes.ready(route)
        reserved, request = await database_sync_to_async(admission.reserve_auxiliary)(request, owner_id)
    assert route.endpoint is not None
    request = replace(request, model=route.endpoint.model)
    route = replace(route, endpoint=replace(route.endpoint, resume=""))  # a lost answer is not worth resuming
    attempts, text, outcome = AttemptLog(0), "", STOPPED
    attempt = Attempt(route, request, attempts, Upstream(None), prompt_tokens=_prompt_tokens(request))
    try:
        async with aclosing(attempt.deltas(max_characters=MAX_ANSWER_CHARACTERS)) as deltas:
            async for delta in deltas:
                if isinstance(delta, WasReasoning):
                    text = ""
                elif delta.kind == "text":
                    text += delta.text
                if len(text) > max_characters:  # it is no title any more; leaving closes the connection
                    break
        outcome = attempt.finish_reason if attempt.finish_reason == finish_reasons.CONTENT_FILTER else OK
    except ProviderError as error:
        outcome = error.kind
        await database_sync_to_async(routes.failed)(route, error, tried)
        raise
    finally:
        attempts.close(outcome)
        await asyncio.shield(_record(attempts, purpose, owner_id, reserved))
    return text[: max_characters + 1]


def _prompt_tokens(request: Request) -> int:
    return sum(tokens_read(text) for text in (request.system, *(turn.text for turn in request.turns)))


async def _record(attempts: AttemptLog, purpose: Purpose, owner_id: uuid.UUID, reserved: uuid.UUID) -> None:
    try:
        await database_sync_to_async(_record_now)(attempts, purpose, owner_id, reserved)
    except (DatabaseError, InterfaceError) as error:
        log.warning("A %s is missing in the ledger, because the database can't be reached: %s", purpose.value, error)


@transaction.atomic
def _record_now(attempts: AttemptLog, purpose: Purpose, owner_id: uuid.UUID, reserved: uuid.UUID) -> None:
    rows = recording.record(attempts.done, purpose=purpose, reply_id=None, owner_id=owner_id)
    admission.settle_auxiliary(reserved, owner_id, rows)
