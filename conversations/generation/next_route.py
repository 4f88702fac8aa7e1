"""The next way to ask for what no reply is written of, waited for where its provider or key has to be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from channels.db import database_sync_to_async

from conversations.routing import outcomes, routes

from .waiting import Waiting

if TYPE_CHECKING:
    from conversations.routing.routes import Route, Tried
    from conversations.routing.sources import Source


async def next_route(model: str, tried: Tried, waiting: Waiting, among: Callable[[Source], bool]) -> Route:
    """Of the providers that are `among` those wanted. Raises ProviderError where there is none soon."""
    has_waited = False
    while True:
        try:
            route = await database_sync_to_async(partial(routes.choose, model, tried, among=among))()
        except routes.NoRouteAvailable as error:
            await asyncio.sleep(waiting.for_a_route(error).seconds)
            has_waited = True
            continue
        with outcomes.released_on_error(route):
            if (pause := waiting.before(route, tried, has_waited)) is not None:
                await asyncio.sleep(pause.seconds)
        return route
