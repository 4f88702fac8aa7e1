"""What models refuse to be given, remembered for all processes: it is read with the catalogue, and left out from then on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError

from conversations.models import RejectedParameter
from conversations.models.storable import fitting
from conversations.providers import detached
from conversations.providers.endpoint import Endpoint
from conversations.providers.errors import ProviderError

from . import catalog

log = logging.getLogger(__name__)


def left_out(endpoint: Endpoint) -> Endpoint:
    """The same endpoint, knowing what its model refuses."""
    return replace(endpoint, rejected=catalog.latest().rejected.get((endpoint.base_url, endpoint.model), frozenset()))


def remember(endpoint: Endpoint, rejected: Mapping[str, ProviderError]) -> None:
    """By name, what the endpoint's model has just refused. Never waits for the database where an event loop runs."""
    if not rejected:
        return
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        _write(endpoint, rejected)
    else:
        detached.start(database_sync_to_async(_write)(endpoint, rejected))


def _write(endpoint: Endpoint, rejected: Mapping[str, ProviderError]) -> None:
    try:
        for name in rejected:
            RejectedParameter.objects.get_or_create(
                base_url=endpoint.base_url[:300],
                model=fitting(endpoint.model, 200),
                parameter=fitting(name, 60),
            )
    except (DatabaseError, InterfaceError) as away:
        log.warning("That %s refuses %s could not be written down: %s", endpoint.model, ", ".join(rejected), away)
    catalog.forget()
