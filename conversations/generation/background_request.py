"""A short question to a model that is no reply, such as for a title: one try, without watchers, but in the ledger."""

from __future__ import annotations

import asyncio
import logging
import uuid
from dataclasses import replace

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError, transaction

from conversations.models import OK, STOPPED, Purpose
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta, Part, Usage
from conversations.providers.request import Request
from conversations.usage.ledger import recording
from conversations.usage.ledger.prices import Tokens

from . import budget, history
from .attempt_log import Tries, tokens_of
from .token_usage import CHARACTERS_PER_TOKEN

log = logging.getLogger(__name__)


async def ask(request: Request, most: int, purpose: Purpose, owner_id: uuid.UUID) -> str:
    """The text of the answer, of which no more than about `most` characters are waited for.

    Raises ProviderError, and Refused where no budget has room for it.
    """
    from conversations.providers.opening import open_stream  # here, for the SDK takes long to load; see `serve`
    from conversations.routing import rejected_parameters, routes

    tried = routes.Tried()
    route = await database_sync_to_async(routes.choose)(request.model, tried)
    try:
        route = await routes.ready(route)
        held, request = await database_sync_to_async(budget.hold)(request, owner_id)
    except BaseException:
        routes.released(route)  # another one may try it
        raise
    assert route.endpoint is not None
    request = replace(request, model=route.endpoint.model)
    stream = open_stream(replace(route.endpoint, resume=""), request)  # what is lost is no loss
    tries, heard = Tries(0), _Heard()
    tries.begin(route)
    outcome, failure = STOPPED, None
    try:
        async with stream:
            async for parts in stream:
                tries.spoke()
                heard.take(parts)
                if len(heard.said) > most:  # a model that chats on has not understood; leaving closes the connection
                    break
        outcome = OK
        routes.succeeded(route)
    except ProviderError as error:
        outcome, failure = error.kind, error
        await database_sync_to_async(routes.failed)(route, error, tried)
        raise
    except BaseException:
        routes.released(route)
        raise
    finally:
        rejected_parameters.remember(route.endpoint, stream.rejected)
        tokens = heard.tokens(request) if stream.is_open else Tokens()
        estimated = stream.is_open and heard.usage is None
        tries.end(outcome, stream=stream, error=failure, characters=len(heard.said), tokens=tokens, estimated=estimated)
        tries.close(outcome)
        await asyncio.shield(_record(tries, purpose, owner_id, held))
    return heard.said


class _Heard:
    def __init__(self) -> None:
        self.said = ""
        self.usage: Usage | None = None

    def take(self, parts: list[Part]) -> None:
        for part in parts:
            if isinstance(part, Delta) and part.kind == "text":
                self.said += part.text
            elif isinstance(part, Usage):
                self.usage = part

    def tokens(self, request: Request) -> Tokens:
        """The provider's count, or an estimate."""
        if self.usage is not None:
            return tokens_of(self.usage)
        given = sum(history.estimated_tokens(text) for text in (request.system, *(turn.text for turn in request.turns)))
        return Tokens(given, None, -(-len(self.said) // CHARACTERS_PER_TOKEN), None)


async def _record(tries: Tries, purpose: Purpose, owner_id: uuid.UUID, held: uuid.UUID) -> None:
    try:
        await database_sync_to_async(_record_now)(tries, purpose, owner_id, held)
    except (DatabaseError, InterfaceError) as error:
        log.warning("A %s that was asked for is missing in the ledger, the database is away: %s", purpose.value, error)


@transaction.atomic
def _record_now(tries: Tries, purpose: Purpose, owner_id: uuid.UUID, held: uuid.UUID) -> None:
    budget.settle_aside(held, owner_id, recording.record(tries.done, purpose=purpose, reply_id=None, owner_id=owner_id))
