"""What became of a route is told here: it decides who is asked next, for this answer and for all others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from django.db import DatabaseError, InterfaceError

from conversations.providers import retries
from conversations.providers.errors import ProviderError

from . import circuits, keys
from .routes import Route, Tried

log = logging.getLogger(__name__)


def succeeded(route: Route) -> None:
    circuits.succeeded(route.circuit, trial=route.trial)


def failed(route: Route, error: ProviderError, tried: Tried) -> None:
    """Draw the consequences of a failure, for this answer and for all others. Synchronous; may write to the database."""
    tried.last = error
    if retries.blames_the_provider(error):
        circuits.failed(route.circuit, trial=route.trial, retry_after=error.retry_after)
        tried.troubled[route.source.id] += 1
        tried.not_before[route.source.id] = monotonic() + (error.retry_after or 0.0)
        return
    if error.kind in retries.KEY_TROUBLE and route.key is not None:
        if error.kind == "rate_limit":
            tried.limited[route.key.id] += 1
        else:
            tried.keys.add(route.key.id)
        try:
            if not error.concerns_key:  # nothing but words, which may be the user's: they count for this answer alone
                tried.not_before[route.source.id] = monotonic() + (error.retry_after or 0.0)
            elif error.kind == "key":
                keys.refuse(route.key.id, route.key.secret, error)
            else:
                keys.cool(route.key.id, error)
        except (DatabaseError, InterfaceError) as away:  # this answer knows all the same
            log.warning("That a key can't be used could not be written down: %s", away)
    elif error.kind == "rate_limit":
        tried.troubled[route.source.id] += 1
        tried.not_before[route.source.id] = monotonic() + (error.retry_after or 0.0)
    elif error.kind in retries.KEY_TROUBLE or error.kind in retries.PROVIDER_TROUBLE:
        tried.sources.add(route.source.id)
    if error.status is not None and error.kind not in retries.KEY_TROUBLE:
        circuits.succeeded(route.circuit, trial=route.trial)  # it is alive, and refused what we sent
    elif route.trial:
        circuits.released(route.circuit)


def released(route: Route) -> None:
    """It ended before anything could be said about the provider: where this was its trial, the next request may try."""
    if route.trial:
        circuits.released(route.circuit)


@contextmanager
def released_on_error(route: Route) -> Iterator[None]:
    """If it was admitted to a trial and the block fails before it is asked, another one may try."""
    try:
        yield
    except BaseException:
        released(route)
        raise
