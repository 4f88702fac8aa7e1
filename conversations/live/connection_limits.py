"""Connections by the address they come from: one address alone must not use up this process. Counted in each process for itself."""

from __future__ import annotations

import ipaddress
import logging
from collections import Counter
from time import monotonic_ns
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.internal.ratelimit import truncate_ip
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest

from conversations.process_cache import kept
from conversations.usage.limits.pace import Pace

log = logging.getLogger(__name__)

MOST_REMEMBERED = 10_000
"""Addresses whose openings are counted, before those are forgotten that may open as many again as any other."""

_open: Counter[str] = kept(Counter())
_arrivals: dict[str, int] = kept({})
"""By address: see `Pace`."""


def of(scope: dict[str, Any]) -> str | None:
    """The client's address, by the same rules as those of sign-in: behind TRUSTED_PROXIES, the one that the first of them saw.

    None for this machine itself, which is not limited: it may be a proxy that TRUSTED_PROXIES doesn't count.
    """
    request = HttpRequest()
    if client := scope.get("client"):
        request.META["REMOTE_ADDR"] = client[0]
    if forwarded := [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]:
        request.META["HTTP_X_FORWARDED_FOR"] = ",".join(forwarded)
    try:
        address: str = get_adapter().get_client_ip(request)
    except (ImproperlyConfigured, PermissionDenied):
        log.debug("A client's address is unknown: TRUSTED_PROXIES doesn't fit the headers of the proxies")
        address = client[0] if client else ""
    try:
        if not address or ipaddress.ip_address(address).is_loopback:
            return None
    except ValueError:
        pass
    return truncate_ip(address)


def enter(address: str | None, *, replaces: bool = False) -> bool:
    """Count one more connection. False where there are too many, or where too many were opened in a short time.

    One that `replaces` another is not counted among the openings.
    """
    if address is None:
        return True
    most = settings.SOCKETS_PER_ADDRESS
    if most and _open[address] >= most:
        return False
    if not replaces and not count_opening(address):
        return False
    _open[address] += 1
    return True


def count_opening(address: str | None) -> bool:
    """Count one more opening, unless it comes too soon: then False."""
    most, a_minute = settings.SOCKETS_PER_ADDRESS, settings.SOCKET_OPENINGS_PER_MINUTE
    if address is None or not a_minute:
        return True
    # After a restart all of them come back at once.
    return _is_in_time(address, Pace.per_minute(a_minute, burst=max(a_minute, most)))


def leave(address: str | None) -> None:
    """A connection that was admitted has closed."""
    if address is not None:
        _open[address] -= 1
        if _open[address] <= 0:
            del _open[address]


def _is_in_time(address: str, pace: Pace) -> bool:
    """Count one more opening, unless it comes too soon."""
    now = monotonic_ns() // 1000
    if pace.wait(_arrivals.get(address, 0), now) > 0:
        return False
    _arrivals[address] = pace.following(_arrivals.get(address, 0), now)
    if len(_arrivals) > MOST_REMEMBERED:
        for over in [known for known, arrival in _arrivals.items() if arrival <= now]:
            del _arrivals[over]
    return True
