"""Where webhooks may go: to the public internet by HTTPS, or anywhere where WEBHOOKS_TO_PRIVATE_ADDRESSES allows it.

An address is judged where its socket is made, the last place before the connection: whatever a name leads to by then, and however it is
written, such as by digits of other scripts, which become an IP address on the way.
"""

from __future__ import annotations

import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from aiohappyeyeballs import AddrInfoType
from django.conf import settings

PRIVATE = "It leads to an address of this server’s own network, where webhooks may not go."
_EMBEDS_IPV4 = IPv6Network("64:ff9b::/96")
"""Of NAT64, RFC 6052."""
_PUBLIC_IPV6 = IPv6Network("2000::/3")
"""All that IANA gives out of IPv6. Python calls what lies outside of it global, too, such as fec0::/10 and other prefixes of NAT64."""


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
    """Whether a host that is an IP address may be told; a name may be looked up."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return True
    return settings.WEBHOOKS_TO_PRIVATE_ADDRESSES or is_public(address)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """By the IPv4 address within it, too, where one is embedded."""
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast
    if address.ipv4_mapped:
        return is_public(address.ipv4_mapped)
    if address in _EMBEDS_IPV4:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if not address.is_global or address not in _PUBLIC_IPV6:
        return False
    return all(one is None or is_public(one) for one in (address.sixtofour, *(address.teredo or ())))


class JudgedSockets:
    """Makes the client's sockets, for addresses that webhooks may go to."""

    def __init__(self) -> None:
        self.has_refused = False

    def __call__(self, info: AddrInfoType) -> socket.socket:
        """Raises OSError."""
        family, kind, protocol, _, address = info
        if not may_go_to(str(address[0])):
            self.has_refused = True
            raise OSError(PRIVATE)
        return socket.socket(family, kind, protocol)
