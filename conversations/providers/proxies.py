"""The proxy that the environment names for a provider: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY."""

from __future__ import annotations

import logging
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from conversations.process_cache import kept

UNDERSTOOD = ("http", "https")
_named: set[str] = kept(set())

log = logging.getLogger(__name__)


def proxy_for(base_url: str) -> str | None:
    """The address of the proxy to ask through, if any. One that can't be used is passed over with a line in the log, once.

    This machine itself is never asked through a proxy.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    named = getproxies()
    proxy = named.get(parts.scheme) or named.get("all")
    if not proxy or proxy_bypass(host):
        return None
    address = proxy if "://" in proxy else f"http://{proxy}"
    if trouble := _trouble(address):
        if address not in _named:
            _named.add(address)
            log.warning("The proxy that the environment names for %s is passed over: %s. Requests go there directly.", host, trouble)
        return None
    return address


def is_loopback(host: str) -> bool:
    """Whether the host is this machine itself, as far as its name tells."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _trouble(address: str) -> str:
    """Why it can't be used; without the address, which may hold a password."""
    scheme = address.partition("://")[0].lower()
    if scheme not in UNDERSTOOD:
        return f"{scheme}:// proxies are not supported"
    try:
        fits = bool(httpx2.Proxy(address).url.host)
    except (ValueError, httpx2.InvalidURL):
        fits = False
    return "" if fits else "its address is none"
