"""What the libraries raise for trouble on the wire, in words that an administrator can act on."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohttp

from .endpoint import Endpoint

_NUMBERS: dict[type[OSError], int] = {
    ConnectionRefusedError: errno.ECONNREFUSED,
    ConnectionResetError: errno.ECONNRESET,
    BrokenPipeError: errno.EPIPE,
}
"""Python raises these without a number, too."""
_SYSTEM = {
    errno.ECONNREFUSED: "Nothing listens at {place} (connection refused).",
    errno.ECONNRESET: "{place} closed the connection (connection reset).",
    errno.EPIPE: "{place} closed the connection (broken pipe).",
    errno.EHOSTUNREACH: "{place} can’t be reached from this machine (no route to host).",
    errno.ENETUNREACH: "{place} can’t be reached from this machine (network unreachable).",
    errno.ETIMEDOUT: "{place} doesn’t answer (connection timed out).",
}


def in_words(chain: Sequence[BaseException], endpoint: Endpoint) -> str | None:
    """Of exceptions, each the cause of the one before; None where no better words are known than their own."""
    if any(isinstance(link, aiohttp.ClientProxyConnectionError) for link in chain):
        return None  # it is a proxy that isn't there
    for link in reversed(chain):
        if isinstance(link, socket.gaierror | aiohttp.ClientConnectorDNSError):
            return f"The name {endpoint.host} isn’t known (DNS)."
        if isinstance(link, ssl.SSLCertVerificationError | aiohttp.ClientConnectorCertificateError):
            return f"The certificate of {endpoint.host} isn’t trusted ({_certificate(link)})."
        if isinstance(link, ssl.SSLError):
            return f"{_place(endpoint)} doesn’t speak TLS as it should ({link.reason or link}). Should its address begin with http://?"
        if isinstance(link, aiohttp.ServerDisconnectedError):
            return f"{_place(endpoint)} closed the connection without an answer."
        if isinstance(link, aiohttp.ConnectionTimeoutError):
            return f"{_place(endpoint)} doesn’t answer: there was no connection within {endpoint.connect_seconds:g} s."
        if isinstance(link, aiohttp.SocketTimeoutError) or type(link) is TimeoutError:  # between two reads, or in all
            return f"{_place(endpoint)} took too long: nothing came from it for the time that it is given."
        if isinstance(link, OSError) and (words := _SYSTEM.get(link.errno or _NUMBERS.get(type(link), 0))):
            return words.format(place=_place(endpoint))
    return None


def _place(endpoint: Endpoint) -> str:
    parts = urlsplit(endpoint.base_url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def _certificate(error: BaseException) -> str:
    inner = error.certificate_error if isinstance(error, aiohttp.ClientConnectorCertificateError) else error
    return getattr(inner, "verify_message", "") or "certificate verify failed"
