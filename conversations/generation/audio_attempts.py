"""Attempts at what is asked of a model of audio: at one provider after the other, past circuits and keys that can't be used."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from channels.db import database_sync_to_async

from conversations.providers import retries
from conversations.providers.errors import ProviderError

from .attempt_log import AttemptLog
from .next_route import next_route
from .waiting import Waiting

if TYPE_CHECKING:
    from conversations.routing.routes import Route
    from conversations.routing.sources import Source

log = logging.getLogger(__name__)
Made = TypeVar("Made")


async def first_success(
    model: str,
    has: Callable[[Source, str], bool],
    attempts: AttemptLog,
    attempt: Callable[[Route], Awaitable[Made]],
    may_go_on: Callable[[], bool] = lambda: True,
) -> Made:
    """What the first attempt makes that succeeds. `has`: which providers can be asked; `may_go_on`: whether another attempt is of use.

    Raises ProviderError.
    """
    from conversations.routing import outcomes, routes  # here, for the SDK takes long to load; see `serve`

    tried, waiting = routes.Tried(), Waiting(attempts)
    while True:
        route = await next_route(model, tried, waiting, lambda source: has(source, model))
        try:
            return await attempt(route)
        except ProviderError as error:
            await database_sync_to_async(outcomes.failed)(route, error, tried)
            if not may_go_on() or waiting.is_exhausted or not retries.is_worth_another_try(error):
                raise
            log.info("Attempt %s with %s failed (%s)", attempts.number, model, error.kind)
