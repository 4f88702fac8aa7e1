"""Which keys of a provider can be used now: some cool down, some were refused. Both are stored, so that every process knows."""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from conversations.models import ApiKey, KeyState
from conversations.models.sealed import Unreadable
from conversations.process_cache import kept
from conversations.providers.errors import ProviderError
from conversations.providers.retries import cool_down
from conversations.webhooks import events

from . import catalog, settings_rows
from .catalog import CatalogReader
from .sources import Key, Source

log = logging.getLogger(__name__)

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_NOT_STORED = timedelta(seconds=0.1)
"""A pause that ends so little later than the stored one is not written: many answers may meet the same limit at once."""


class Pause(NamedTuple):
    """How long a key is not used, and the kind of error that it is for."""

    until: datetime
    kind: str


class _Met(NamedTuple):
    """A pause that began in this process, and when, by `monotonic`."""

    until: datetime
    kind: str
    at: float


class CoolDowns:
    """Which keys cool down, as one process knows it: from the catalogue, and from what it met itself since that was read."""

    def __init__(self, reader: CatalogReader) -> None:
        self._reader = reader
        self._met: dict[uuid.UUID, _Met] = {}

    def clear(self) -> None:
        self._met.clear()

    # `now` is given to these three, so that a key whose cool-down just ends is either free or waited for, and never neither.

    def free(self, source: Source, tried: Collection[uuid.UUID], now: datetime) -> list[Key]:
        """The keys that can be used and were not tried before, in any order: so they share the load, in however many processes."""
        keys = [key for key in source.keys if key.id not in tried and self.state(key, now) == KeyState.USABLE]
        return random.sample(keys, len(keys))

    def pauses(self, source: Source, tried: Collection[uuid.UUID], now: datetime) -> list[Pause]:
        """Those of the cooling keys that were not tried before."""
        return [self.pause(key) for key in source.keys if key.id not in tried and self.state(key, now) == KeyState.COOLING]

    def waits(self, source: Source, tried: Collection[uuid.UUID], now: datetime) -> list[float]:
        """Seconds until each cooling key that was not tried before can be used."""
        return [(pause.until - now).total_seconds() for pause in self.pauses(source, tried, now)]

    def state(self, key: Key, now: datetime) -> KeyState:
        """Of a key in the catalogue, which has those that are enabled."""
        return KeyState.of(enabled=True, refused=key.refused, cooling_until=self.pause(key).until, now=now)

    def cool(self, key_id: uuid.UUID, error: ProviderError) -> None:
        """Don't use the key for a while. Synchronous; writes to the database."""
        until = timezone.now() + timedelta(seconds=cool_down(error))
        self._meet(key_id, until, error.kind)
        later = Q(cooling_until=None) | Q(cooling_until__lt=until - _NOT_STORED)
        ApiKey.objects.filter(later, pk=key_id).update(cooling_until=until, **_trouble(error))
        self._meet(key_id, until, error.kind)

    def _meet(self, key_id: uuid.UUID, until: datetime, kind: str) -> None:
        met = self._met.get(key_id)
        if met is None or met.until <= until or met.at < self._reader.latest().began:  # what is stored has that one, or it was ended
            self._met[key_id] = _Met(until, kind, monotonic())

    def pause(self, key: Key) -> Pause:
        """Until when it cools down, at some time in the past where it doesn't, and for which kind of error."""
        stored, met = Pause(key.cooling_until or _LONG_AGO, key.trouble), self._met.get(key.id)
        if met is None:
            return stored
        if met.at < self._reader.latest().began and stored.until < met.until - _NOT_STORED:  # an administrator thinks otherwise
            return stored
        return max(stored, Pause(met.until, met.kind))


def refuse(key_id: uuid.UUID, secret: str, error: ProviderError) -> None:
    """Take the key out: the provider doesn't accept it. Not where it was replaced meanwhile. Synchronous; writes to the database."""
    row = ApiKey.objects.select_related("provider").filter(pk=key_id).first()
    is_new = False
    if row is not None and _holds(row, secret):
        with transaction.atomic():
            # Of the row as it was read: another secret may be saved at any time, and isn't to blame.
            same = ApiKey.objects.filter(pk=key_id, refused=None, sealed=row.sealed)
            is_new = bool(same.update(refused=timezone.now(), **_trouble(error)))
            if is_new:
                events.tell(events.KEY_REFUSED, _told(row, error), None)
    catalog.forget()
    if is_new:
        log.error("The key %s is taken out, the provider does not accept it (HTTP %s)", key_id, error.status)


def _holds(row: ApiKey, secret: str) -> bool:
    try:
        return settings_rows.secret_of(row, row.provider) == secret
    except Unreadable:
        return False


def _told(key: ApiKey, error: ProviderError) -> dict[str, Any]:
    """What webhooks are told of it."""
    provider = {"id": str(key.provider_id), "name": key.provider.name}
    return {"key": {"id": str(key.pk), "label": key.label}, "provider": provider, "status": error.status}


def use_again(key_id: uuid.UUID) -> bool:
    """Forget that it cools down or was refused. Whether it did or was. Synchronous; writes to the database."""
    hindered = Q(refused__isnull=False) | Q(cooling_until__gt=timezone.now())
    found = ApiKey.objects.filter(hindered, pk=key_id)
    if not found.update(refused=None, cooling_until=None, trouble="", trouble_status=None):
        return False
    catalog.forget()
    return True


def _trouble(error: ProviderError) -> dict[str, Any]:
    """What is stored of it with the key: not its cause, which may quote a message and would outlive it."""
    return {"trouble": error.kind, "trouble_status": error.status}


_cool_downs = kept(CoolDowns(catalog.reader))
free, waits, pauses = _cool_downs.free, _cool_downs.waits, _cool_downs.pauses
state, cool = _cool_downs.state, _cool_downs.cool
