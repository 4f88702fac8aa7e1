"""Where webhooks may go: to the public internet by HTTPS, or anywhere where WEBHOOKS_TO_PRIVATE_ADDRESSES allows it.

A name is looked up and judged where the connection is made, and the connection goes to the address that was judged: a name that leads
elsewhere a moment later leads nowhere.
"""

from __future__ import annotations

import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from django.conf import settings

PRIVATE = "It leads to an address of this server’s own network, where webhooks may not go."
_EMBEDS_IPV4 = IPv6Network("64:ff9b::/96")
"""Of NAT64, RFC 6052."""


class Refused(OSError):
    """The name leads where webhooks may not go."""


def check(url: str) -> str:
    """The address as it is stored. Raises ValueError with a sentence."""
    url = url.strip()
    schemes = ("http", "https") if settings.WEBHOOKS_TO_PRIVATE_ADDRESSES else ("https",)
    try:
        parts = urlsplit(url)
        fits = parts.scheme in schemes and bool((parts.hostname or "").encode("idna")) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or re.search(r"[\s\x00-\x20\x7f]", url):
        raise ValueError(f"Write an address that starts with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("Leave name, password and what stands behind “#” out of the address.")
    if not may_go_to(parts.hostname or ""):
        raise ValueError(PRIVATE)
    return url


def may_go_to(host: str) -> bool:
    """Whether a host that is an IP address may be told; names are judged when they have been looked up."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return True
    return settings.WEBHOOKS_TO_PRIVATE_ADDRESSES or is_public(address)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """By the IPv4 address within it, too, where one is embedded."""
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, IPv4Address):
        return True
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _EMBEDS_IPV4:
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return all(one is None or is_public(one) for one in inner)


class JudgingResolver(AbstractResolver):
    """Raises Refused where any address of a name may not be told."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if not all(may_go_to(one["host"]) for one in found):
            raise Refused(PRIVATE)
        return found

    async def close(self) -> None:
        await self._resolver.close()


def refusal_in(error: BaseException | None) -> Any:
    """The Refused that an error of the client came of; None where it is another."""
    while error is not None and not isinstance(error, Refused):
        error = getattr(error, "os_error", None) or error.__cause__
    return error
