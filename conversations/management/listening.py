"""The socket that the server listens on: bound first, so that a taken port is known before any work is done, and opened last."""

import errno
import socket

from .problems import StartProblem

MAX_PENDING_CONNECTIONS = 2048
UNSENT_BYTES = 128 * 1024
"""What the kernel takes of a response in advance. It would take megabytes for each client that doesn't read."""


def bind(host: str, port: int) -> socket.socket:
    """A socket with this address. No client can connect yet: a proxy would send requests that are not answered. Raises StartProblem."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (socket.gaierror, UnicodeError) as error:
        raise StartProblem(f"“{host}” is no address of this machine. Name one with --host, such as 127.0.0.1 or 0.0.0.0.") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)  # its connections inherit it
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise StartProblem(_sentence(error, host, port)) from error
    listener.setblocking(False)
    return listener


def listen(listener: socket.socket) -> None:
    """Let clients connect. Raises StartProblem where another program has taken the port meanwhile."""
    host, port = listener.getsockname()[:2]
    try:
        listener.listen(MAX_PENDING_CONNECTIONS)
    except OSError as error:
        raise StartProblem(_sentence(error, host, port)) from error


def _sentence(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is taken by another program. Choose another with --port (make run PORT={port + 1 if port < 65535 else port - 1})."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for the system's administrator. Choose one from 1024 up with --port (make run PORT=8000)."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"“{host}” is no address of this machine. Name one with --host, such as 127.0.0.1 or 0.0.0.0."
    return f"Can't listen on {host} port {port}: {error.strerror}."


def address(listener: socket.socket, host: str) -> str:
    """Where a browser on this machine finds it; the port may have been chosen by the system."""
    port = listener.getsockname()[1]
    if host in ("0.0.0.0", "::", ""):  # noqa: S104  (compared, not bound)
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
