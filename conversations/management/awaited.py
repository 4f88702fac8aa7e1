"""Connections from which a request, or the rest of one, is awaited: not for ever, and not any number from one address."""

from __future__ import annotations

import ipaddress
import logging
from time import monotonic
from typing import Protocol

from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings

log = logging.getLogger(__name__)

LOGGED_EVERY_SECONDS = 60.0


class Awaited(Protocol):
    address: str | None

    def give_up(self) -> None:
        """Close the connection."""


class AwaitedConnections:
    """Closes each after `seconds`, and of an address's more than `per_address` (0: any number) the one that has kept us longest."""

    def __init__(self, seconds: float, per_address: int) -> None:
        self._seconds, self._per_address = seconds, per_address
        self._deadlines: dict[str | None, dict[Awaited, float]] = {}  # each address's in the order of their deadlines
        self._logged_at = -LOGGED_EVERY_SECONDS

    def add(self, connection: Awaited) -> None:
        deadlines = self._deadlines.setdefault(connection.address, {})
        deadlines[connection] = monotonic() + self._seconds
        if connection.address is not None and 0 < self._per_address < len(deadlines):
            self._log_once(connection.address)
            next(iter(deadlines)).give_up()

    def discard(self, connection: Awaited) -> None:
        deadlines = self._deadlines.get(connection.address, {})
        deadlines.pop(connection, None)
        if not deadlines:
            self._deadlines.pop(connection.address, None)

    def close_late(self, now: float) -> None:
        """Give up those whose deadline has passed. `now` is a `monotonic()` time."""
        for deadlines in list(self._deadlines.values()):
            while deadlines and (first := next(iter(deadlines.items())))[1] < now:
                first[0].give_up()
                self.discard(first[0])

    def _log_once(self, address: str) -> None:
        if (now := monotonic()) - self._logged_at >= LOGGED_EVERY_SECONDS:
            self._logged_at = now
            log.warning("More than %d connections of %s wait for the rest of a request: the oldest are closed", self._per_address, address)


def address_of(host: str) -> str | None:
    """The address that the connection counts for. None for this machine itself and behind proxies, whose connections are all alike."""
    if settings.TRUSTED_PROXIES > 0:
        return None
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    address = getattr(address, "ipv4_mapped", None) or address
    return None if address.is_loopback else truncate_ip(str(address))
