"""Answers that don't come from the provider, but from what stands before it: redirects, and proxies that refuse."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

import httpx2

from .base_urls import ENDPOINTS
from .endpoint import Endpoint
from .errors import ProviderError
from .redaction import redacted
from .web_page import plain

_PROXIES = re.compile(
    r"squid|zscaler|blue ?coat|proxysg|mcafee web gateway|websense|forcepoint|fortigate|fortiguard|cisco.{0,80}(wsa|umbrella)|privoxy", re.I
)
_PROXY_PAGES = re.compile(r"requested url could not be retrieved|proxy|web filter|blocked by|fortiguard|zscaler", re.I)
_REFUSALS = ("ERR_ACCESS_DENIED", "ERR_CACHE_ACCESS_DENIED", "ERR_FORWARDING_DENIED", "ERR_BLOCKED")


def failure(response: httpx2.Response, body: object, endpoint: Endpoint) -> ProviderError | None:
    """What such an answer means, or None where the provider itself has spoken."""
    status = response.status_code
    if 300 <= status < 400:
        return _redirect(response, endpoint)
    squid = response.headers.get("x-squid-error", "")
    words = plain(body) if isinstance(body, str) else ""
    if status == 407 or squid.startswith(_REFUSALS) or (not squid and status in (403, 451) and _is_of_a_proxy(response, body)):
        return refused_by_a_proxy(f"HTTP {status} {squid.partition(' ')[0]}".rstrip() + (f": {words}" if words else ""), endpoint, status)
    if squid:
        cause = f"The proxy could not reach the provider: HTTP {status} {squid}"
        return ProviderError("network", redacted(f"{cause}: {words}" if words else cause, *endpoint.secrets), status=status)
    return None


def refused_by_a_proxy(cause: str, endpoint: Endpoint, status: int) -> ProviderError:
    words = f"A proxy between this server and {endpoint.host} refused the request: {cause}"
    return ProviderError("proxy", redacted(words, *endpoint.secrets), status=status)


def base_of(address: str) -> str:
    """The base URL of a whole endpoint's address; "" where it is none."""
    path = next((path for path in ENDPOINTS if address.endswith(path)), None)
    return address.removesuffix(path) if path else ""


def _redirect(response: httpx2.Response, endpoint: Endpoint) -> ProviderError:
    location = response.headers.get("location", "")
    try:
        target = urlsplit(urljoin(str(response.request.url), location))
    except ValueError:
        target = urlsplit("")
    address = target._replace(query="", fragment="").geturl().rstrip("/")
    base, words = base_of(address), f"HTTP {response.status_code}: {endpoint.base_url} redirects"
    if not location or target.scheme not in ("http", "https"):
        words += ", but not to another address."
    elif base and base != endpoint.base_url:
        words += f" to {address}. Write {base} as the base URL."
    else:
        words += f" to {address}, which is no address of the API. Check the base URL."
    return ProviderError("address", redacted(words, *endpoint.secrets), status=response.status_code)


def _is_of_a_proxy(response: httpx2.Response, body: object) -> bool:
    headers = response.headers
    if "proxy-authenticate" in headers or "proxy-status" in headers:
        return True
    if not isinstance(body, str) or not body.lstrip().startswith("<"):
        return False
    names = (headers.get(name, "") for name in ("server", "via", "proxy-agent", "x-cache"))
    return any(_PROXIES.search(name) for name in names) or _PROXY_PAGES.search(body[:4000]) is not None
