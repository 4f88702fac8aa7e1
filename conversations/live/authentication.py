"""Which user a socket belongs to, and whether they may keep it. The session is checked again at every command."""

from __future__ import annotations

import hashlib
import uuid
from importlib import import_module
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.db import transaction
from django.http import HttpRequest
from django.http.request import validate_host
from django.utils.http import is_same_domain

from conversations.models import User
from conversations.processes import supervisor


def signed_in(session_key: str | None) -> User | None:
    """The active user of a session as it is stored now. Synchronous; reads the database."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, User) and user.is_active else None


def recheck(user_id: uuid.UUID) -> None:
    """Close the user's sockets that they may no longer have: call it after deactivating a user. Safe from any thread."""
    transaction.on_commit(lambda: supervisor.current().hub.recheck(user_id))


def sign_out(sender: object, request: HttpRequest, user: User | None, **kwargs: object) -> None:
    """Django is about to end this session, whichever page requested that: close its sockets."""
    if user is not None and request.session.session_key:
        supervisor.current().hub.signed_out(user.pk, digest(request.session.session_key))


def digest(session_key: str) -> str:
    """Identifies a session to other processes without revealing its key."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def origin_allowed(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a page from this origin may open the socket: our own pages, and programs that are no browsers.

    Browsers always send Origin, so its absence can't be another site's page.
    """
    values = {name: value.decode("latin-1") for name, value in headers if name in (b"origin", b"host")}
    origin, host = values.get(b"origin"), values.get(b"host")
    if origin is None:
        return True
    try:
        parts = urlsplit(origin)
        named = (parts.hostname, parts.port or _PORTS.get(parts.scheme))
    except ValueError:
        return False
    if parts.scheme not in _PORTS or not parts.hostname:
        return False
    if any(_is_trusted(origin, trusted) for trusted in settings.CSRF_TRUSTED_ORIGINS):
        return True
    if not validate_host(parts.hostname if ":" not in parts.hostname else f"[{parts.hostname}]", settings.ALLOWED_HOSTS):
        return False
    try:
        ours = urlsplit(f"{parts.scheme}://{host}") if host else None
        return ours is None or named == (ours.hostname, ours.port or _PORTS[parts.scheme])
    except ValueError:
        return False


def _is_trusted(origin: str, trusted: str) -> bool:
    """By the rule that Django has for forms: “https://*.example.org” is all below that name."""
    scheme, _, host = trusted.partition("://")
    return origin == trusted or (
        host.startswith("*") and is_same_domain(urlsplit(origin).netloc, host[1:]) and origin.startswith(f"{scheme}://")
    )


_PORTS = {"http": 80, "https": 443}
