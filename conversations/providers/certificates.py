"""Whose certificates are trusted: the system's authorities, or those that SSL_CERT_FILE or SSL_CERT_DIR names instead."""

from __future__ import annotations

import os
import ssl
from functools import cache

import httpx2

VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def named() -> tuple[str, str] | None:
    """The variable that names authorities, and what it names."""
    return next(((name, value) for name in VARIABLES if (value := os.environ.get(name))), None)


def context() -> ssl.SSLContext:
    """The same for all clients, for reading it takes time and memory. Raises OSError where it can't be read."""
    return context_of(named())


@cache
def context_of(authorities: tuple[str, str] | None) -> ssl.SSLContext:
    """`authorities`: what `named` says; the library reads it from the environment itself."""
    return httpx2.create_ssl_context()


def without_authorities() -> ssl.SSLContext:
    """Trusts no authority: for connections that are not encrypted, which must not depend on what the environment names."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
