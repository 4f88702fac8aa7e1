"""Which keys of a provider can be used now: some cool down, some were refused. Both are stored, so that every process knows."""

from __future__ import annotations

import logging
import random
import threading
import uuid
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.db.models import Q
from django.utils import timezone

from conversations.models import ApiKey
from conversations.providers.errors import ProviderError
from conversations.providers.retries import cool_down

from . import catalog
from .catalog import Key, Source

log = logging.getLogger(__name__)

_lock = threading.Lock()
_cooling: dict[uuid.UUID, tuple[datetime, float]] = {}  # until when, and when we heard: until the database is read again


def free(source: Source, tried: Collection[uuid.UUID]) -> list[Key]:
    """The keys that can be used now and were not tried before, in any order: so they share the load, in however many processes."""
    now = timezone.now()
    keys = [key for key in source.keys if not key.refused and key.id not in tried and _cool_at(key) <= now]
    return random.sample(keys, len(keys))


def waits(source: Source, tried: Collection[uuid.UUID]) -> list[float]:
    """Seconds until each cooling key that was not tried before can be used."""
    now = timezone.now()
    keys = (key for key in source.keys if not key.refused and key.id not in tried)
    return [(_cool_at(key) - now).total_seconds() for key in keys if _cool_at(key) > now]


def cool(key_id: uuid.UUID, error: ProviderError) -> None:
    """Leave the key alone for a while. Synchronous; writes to the database."""
    now = timezone.now()
    until = now + timedelta(seconds=cool_down(error))
    with _lock:
        _cooling[key_id] = (until, monotonic())
    later = Q(cooling_until=None) | Q(cooling_until__lt=until - timedelta(seconds=1))
    ApiKey.objects.filter(later, pk=key_id).update(cooling_until=until, trouble=error.cause)


def refuse(key_id: uuid.UUID, secret: str, error: ProviderError) -> None:
    """Take the key out: the provider doesn't accept it. Not where it was replaced meanwhile. Synchronous; writes to the database."""
    catalog.forget()
    current = next((key for source in catalog.read().sources for key in source.keys if key.id == key_id), None)
    if current is not None and current.secret != secret:
        return
    if ApiKey.objects.filter(pk=key_id, refused=None).update(refused=timezone.now(), trouble=error.cause):
        catalog.forget()
        log.error("The key %s is taken out, the provider does not accept it (HTTP %s)", key_id, error.status)


def _cool_at(key: Key) -> datetime:
    until, heard = _cooling.get(key.id, (_LONG_AGO, 0.0))
    if monotonic() - heard > catalog.FRESH_SECONDS:  # the row says it by now, or that an administrator thinks otherwise
        until = _LONG_AGO
    return max(until, key.cooling_until or _LONG_AGO)


_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
