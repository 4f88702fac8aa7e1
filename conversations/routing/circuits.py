"""A circuit breaker per provider and model: after repeated failures it is not asked for a while, then tried with one request.

Each process counts failures for itself. That a circuit opens, who tries it and that it closes is written to the database, where all
others read it with the catalogue; while it can't be reached, each process decides for itself.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError
from django.db.models import Q
from django.utils import timezone

from conversations.models import OpenCircuit
from conversations.process_cache import kept
from conversations.providers import detached

from . import catalog
from .catalog import CatalogReader, Circuit
from .open_circuit import FORGOTTEN_AFTER, Admission, OpenState, after_failure, rows, store

log = logging.getLogger(__name__)

OPENS_AFTER = 5
"""Failures in a row, the last success being so long ago that the provider doesn't merely fail now and then."""
LAST_SUCCESS_SECONDS = 5.0
TRIAL_SECONDS = 60.0
"""After which a trial that was not heard of again counts as lost, and another one may begin."""


class _Heard(NamedTuple):
    """What this process knows of a circuit beside the catalogue, and since when. `is_stored`: the next catalogue knows it, too."""

    circuit: OpenState | None
    at: float
    is_stored: bool = True


class Circuits:
    """All circuits, as one process knows them."""

    def __init__(self, reader: CatalogReader) -> None:
        self._reader = reader
        self._lock = threading.RLock()
        self._failures: Counter[Circuit] = Counter()
        self._succeeded: dict[Circuit, float] = {}
        """When each last did, by `monotonic`."""
        self._heard: dict[Circuit, _Heard] = {}
        self._trials: dict[Circuit, datetime] = {}
        """Of this process: until when each was admitted, by which its row knows it."""
        self._released: dict[Circuit, datetime] = {}
        """The same of trials that said nothing, whose rows may not have been told yet."""

    def clear(self) -> None:
        with self._lock:
            self._failures.clear()
            self._succeeded.clear()
            self._heard.clear()
            self._trials.clear()
            self._released.clear()

    def admit(self, circuit: Circuit) -> Admission:
        """Ask before each request. Who is admitted to a trial must report what became of it. Synchronous; a trial asks the database."""
        known, now = self._known(circuit), timezone.now()
        if known is None:
            return Admission(True)
        if known.seconds(now) > 0:
            return known.refusal(now)
        return self._try(circuit, now)

    def succeeded(self, circuit: Circuit, *, trial: bool = False) -> None:
        """The provider did what it should. Never waits; writes only after a trial, for others began before it opened."""
        with self._lock:
            self._failures.pop(circuit, None)
            self._succeeded[circuit] = monotonic()
            if not trial or (known := self._known(circuit)) is None:
                return
            self._trials.pop(circuit, None)
            self._heard[circuit] = _Heard(None, monotonic())
        self._write(lambda: rows(circuit).filter(open_until=known.until).delete())  # not one that opened again meanwhile

    def failed(self, circuit: Circuit, *, trial: bool = False, retry_after: float | None = None) -> float:
        """The provider failed. Returns for how many seconds the circuit is open now; 0 where it still is closed. Synchronous."""
        with self._lock:
            self._failures[circuit] += 1
            if not trial and (self._failures[circuit] < OPENS_AFTER or self._succeeded_lately(circuit)):
                return 0.0
            del self._failures[circuit]
            self._trials.pop(circuit, None)
        now, is_stored = timezone.now(), True
        try:
            opened = store(circuit, now, retry_after or 0.0)
        except (DatabaseError, InterfaceError) as error:
            log.warning("That a circuit opened could not be written down: %s", error)
            opened, is_stored = after_failure(self._known(circuit), now, retry_after or 0.0), False
        with self._lock:
            self._heard[circuit] = _Heard(opened, monotonic(), is_stored)
        return (opened.until - now).total_seconds()

    def released(self, circuit: Circuit) -> None:
        """A trial ended without saying anything about the provider: the next request may be one. Never waits."""
        known = self._known(circuit)
        with self._lock:
            ours = self._trials.pop(circuit, None)
            if known is not None:
                self._hear(circuit, OpenState(known.until, None, known.failed_trials))
            if ours is not None:
                self._released[circuit] = ours
        if ours is not None:
            self._write(lambda: rows(circuit).filter(trial_until=ours).update(trial_until=None))

    def close(self, provider: str) -> None:
        """An administrator has seen that this provider works: ask it again for all its models. Synchronous."""
        OpenCircuit.objects.filter(provider=UUID(provider)).delete()  # others may have opened some that are not known here yet
        with self._lock:
            for circuit in {*self._reader.latest().circuits, *self._heard}:
                if circuit[0] == provider:
                    self._trials.pop(circuit, None)
                    self._heard[circuit] = _Heard(None, monotonic())

    def open_circuits(self) -> dict[Circuit, float]:
        """Those that are open, with the seconds until they are tried again (0: with the next request)."""
        now = timezone.now()
        known = ((circuit, self._known(circuit)) for circuit in {*self._reader.latest().circuits, *self._heard})
        return {circuit: max(0.0, (one.until - now).total_seconds()) for circuit, one in known if one is not None}

    def _succeeded_lately(self, circuit: Circuit) -> bool:
        return monotonic() - self._succeeded.get(circuit, -math.inf) < LAST_SUCCESS_SECONDS

    def _known(self, circuit: Circuit) -> OpenState | None:
        """What was heard last: in this process, or with the catalogue."""
        read = self._reader.latest()
        row = read.circuits.get(circuit)
        stored = OpenState.of(row) if row is not None and timezone.now() - row.open_until < FORGOTTEN_AFTER else None
        if stored is not None and stored.trial_until is not None and stored.trial_until == self._released.get(circuit):
            stored = OpenState(stored.until, None, stored.failed_trials)  # its row is about to say so
        heard = self._heard.get(circuit)
        if heard is None:
            return stored
        if heard.at < read.began and (heard.is_stored or stored is not None):
            with self._lock:
                if self._heard.get(circuit) is heard:
                    del self._heard[circuit]
            return stored
        return heard.circuit

    def _hear(self, circuit: Circuit, known: OpenState | None) -> None:
        before = self._heard.get(circuit)
        self._heard[circuit] = _Heard(known, monotonic(), before is None or before.is_stored)

    def _try(self, circuit: Circuit, now: datetime) -> Admission:
        """Exactly one of all requests in all processes is admitted: the one that changes the row."""
        until = now + timedelta(seconds=TRIAL_SECONDS)
        untried = Q(trial_until=None) | Q(trial_until__lte=now) | Q(trial_until=self._released.get(circuit))
        try:
            claimed = rows(circuit).filter(untried, open_until__lte=now).update(trial_until=until)
            row = rows(circuit).first()
        except (DatabaseError, InterfaceError):
            return self._try_alone(circuit, now, until)
        heard = self._heard.get(circuit)
        if row is None and heard is not None and not heard.is_stored:
            return self._try_alone(circuit, now, until)
        with self._lock:
            self._released.pop(circuit, None)
            self._heard[circuit] = _Heard(OpenState.of(row) if row else None, monotonic())
            if claimed:
                self._trials[circuit] = until
        if claimed or row is None:
            return Admission(True, trial=bool(claimed))
        return OpenState.of(row).refusal(now)

    def _try_alone(self, circuit: Circuit, now: datetime, until: datetime) -> Admission:
        """One request of this process, at least."""
        with self._lock:
            known = self._known(circuit)
            if known is None:
                return Admission(True)
            if known.seconds(now) > 0:
                return known.refusal(now)
            self._hear(circuit, OpenState(known.until, until, known.failed_trials))
            return Admission(True, trial=True)

    def _write(self, change: Callable[[], object]) -> None:
        """Now, or beside the event loop, which has other things to do than to wait for the database."""

        def written() -> None:
            try:
                change()
            except (DatabaseError, InterfaceError) as error:
                log.warning("What a trial came to could not be written down, another one finds out: %s", error)

        try:
            asyncio.get_running_loop()
        except RuntimeError:
            written()
        else:
            detached.start(database_sync_to_async(written)())


_circuits = kept(Circuits(catalog.reader))
admit, succeeded, failed, released = _circuits.admit, _circuits.succeeded, _circuits.failed, _circuits.released
close, open_circuits = _circuits.close, _circuits.open_circuits
