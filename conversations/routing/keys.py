"""Which keys of a provider can be used now: some cool down, some were refused. Both are stored, so that every process knows."""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.db.models import Q
from django.utils import timezone

from conversations.models import ApiKey, KeyState
from conversations.process_cache import kept
from conversations.providers.errors import ProviderError
from conversations.providers.retries import cool_down

from . import catalog
from .catalog import CatalogReader, Key, Source

log = logging.getLogger(__name__)

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class CoolDowns:
    """Which keys cool down, as one process knows it: from the catalogue, and from what it met itself since that was read."""

    def __init__(self, reader: CatalogReader) -> None:
        self._reader = reader
        self._met: dict[uuid.UUID, tuple[datetime, float]] = {}  # until when, and when we heard

    def clear(self) -> None:
        self._met.clear()

    def free(self, source: Source, tried: Collection[uuid.UUID]) -> list[Key]:
        """The keys that can be used now and were not tried before, in any order: so they share the load, in however many processes."""
        now = timezone.now()
        keys = [key for key in source.keys if key.id not in tried and self.state(key, now) == KeyState.USABLE]
        return random.sample(keys, len(keys))

    def waits(self, source: Source, tried: Collection[uuid.UUID]) -> list[float]:
        """Seconds until each cooling key that was not tried before can be used."""
        now = timezone.now()
        keys = (key for key in source.keys if key.id not in tried and self.state(key, now) == KeyState.COOLING)
        return [(self._until(key) - now).total_seconds() for key in keys]

    def state(self, key: Key, now: datetime) -> KeyState:
        """Of a key in the catalogue, which has those that are enabled."""
        return KeyState.of(enabled=True, refused=key.refused, cooling_until=self._until(key), now=now)

    def cool(self, key_id: uuid.UUID, error: ProviderError) -> None:
        """Don't use the key for a while. Synchronous; writes to the database."""
        until = timezone.now() + timedelta(seconds=cool_down(error))
        self._met[key_id] = (until, monotonic())
        later = Q(cooling_until=None) | Q(cooling_until__lt=until - timedelta(seconds=1))
        ApiKey.objects.filter(later, pk=key_id).update(cooling_until=until, trouble=error.cause)
        self._met[key_id] = (until, monotonic())

    def _until(self, key: Key) -> datetime:
        until, at = self._met.get(key.id, (_LONG_AGO, 0.0))
        if at < self._reader.latest().began:  # its row says it by now, or that an administrator thinks otherwise
            until = _LONG_AGO
        return max(until, key.cooling_until or _LONG_AGO)


def refuse(key_id: uuid.UUID, secret: str, error: ProviderError) -> None:
    """Take the key out: the provider doesn't accept it. Not where it was replaced meanwhile. Synchronous; writes to the database."""
    catalog.forget()
    current = next((key for source in catalog.read().sources for key in source.keys if key.id == key_id), None)
    if current is not None and current.secret != secret:
        return
    if ApiKey.objects.filter(pk=key_id, refused=None).update(refused=timezone.now(), trouble=error.cause):
        catalog.forget()
        log.error("The key %s is taken out, the provider does not accept it (HTTP %s)", key_id, error.status)


_cool_downs = kept(CoolDowns(catalog.reader))
free, waits, state, cool = _cool_downs.free, _cool_downs.waits, _cool_downs.state, _cool_downs.cool
