"""Base URLs of providers: what can't be one, and what is doubtful about one. The same for the settings and for the admin."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

ENDPOINTS = ("/chat/completions", "/completions", "/responses", "/models", "/embeddings", "/messages")
"""What is added to a base URL with a request, and often pasted along with it; the last two by other programs."""
_LOCAL_NAMES = ("localhost", "local", "internal", "lan", "home.arpa")


def clean(address: str) -> str:
    """A base URL as it is stored and asked. Raises ValueError with a sentence that says what to change."""
    address = address.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        fits = parts.scheme in ("http", "https") and bool((parts.hostname or "").encode("idna")) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or re.search(r"[\s\x00-\x20\x7f]", address):
        raise ValueError("Write an address that starts with http:// or https://, such as https://api.openai.com/v1.")
    if parts.username is not None or parts.password is not None:
        raise ValueError("Leave name and password out of the address: a key has a place of its own.")
    if "?" in address or "#" in address:
        raise ValueError(
            "Leave out what stands behind “?” or “#”. What a gateway needs beyond the address may be sent as headers, which providers "
            "in the admin have."
        )
    for path in ENDPOINTS:
        if parts.path.endswith(path):
            raise ValueError(f"Leave out {path}: it is added to the address with each request.")
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def doubts(address: str) -> list[str]:
    """Sentences about what may be wrong with a clean base URL; there are servers for which it is right."""
    path = urlsplit(address).path
    forgotten = "" if path else f"The address {address} has no path. Most servers are asked below /v1: if answers fail, try {address}/v1."
    return [doubt for doubt in (forgotten, unencrypted(address)) if doubt]


def unencrypted(address: str) -> str:
    """A sentence where requests leave this machine and its own network without encryption, as far as the address shows; else empty."""
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".")
    try:
        is_far = ip_address(host.partition("%")[0]).is_global
    except ValueError:  # a name
        is_far = "." in host and not any(host.endswith(f".{name}") for name in _LOCAL_NAMES)
    if parts.scheme != "http" or not is_far:
        return ""
    return f"The key and all that is said go to {host} without encryption: use https:// if it can."
