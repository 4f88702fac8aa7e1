"""Addresses of servers: a key goes only to the one that it was entered for."""

from __future__ import annotations

from urllib.parse import urlsplit


def same_server(one: str, other: str) -> bool:
    """Whether two addresses lead to the same host and port, over the same protocol."""
    return _server(one) == _server(other)


def _server(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)
