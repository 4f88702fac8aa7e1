"""Which user a connection belongs to, and whether they may keep it. The session is checked again at every command."""

from __future__ import annotations

import hashlib
import uuid
from importlib import import_module
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.db import transaction
from django.http import HttpRequest
from django.http.request import validate_host
from django.utils.http import is_same_domain

from conversations.models import User
from conversations.processes import supervisor


class Session:
    """The session that a connection or a request came with. With a `user_id`, it must be this user's."""

    user: User

    def __init__(self, key: str | None, user_id: uuid.UUID | None = None) -> None:
        self.key = key
        self._user_id = user_id

    async def is_signed_in(self) -> bool:
        """Whether it is as good as it was: of the same user, who is active and has not signed out. Reads the database."""
        user = await database_sync_to_async(signed_in)(self.key)
        if user is None or user.pk != (self._user_id or user.pk):
            return False
        self.user, self._user_id = user, user.pk
        return True

    def is_known_as(self, session: str) -> bool:
        """Whether this is its digest."""
        return self.key is not None and session == digest(self.key)


def signed_in(session_key: str | None) -> User | None:
    """The active user of a session as it is stored now. Synchronous; reads the database."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, User) and user.is_active else None


def recheck(user_id: uuid.UUID) -> None:
    """Close the user's connections that they may no longer have: call it after deactivating a user. Safe from any thread."""
    transaction.on_commit(lambda: supervisor.current().hub.recheck(user_id))


def sign_out(sender: object, request: HttpRequest, user: User | None, **kwargs: object) -> None:
    """Django is about to end this session, whichever page requested that: close its connections."""
    if user is not None and request.session.session_key:
        supervisor.current().hub.signed_out(user.pk, digest(request.session.session_key))


def digest(session_key: str) -> str:
    """Identifies a session to other processes without revealing its key."""
    return hashlib.sha256(session_key.encode()).hexdigest()


def origin_allowed(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a page from this origin may connect: our own pages, and programs that are no browsers.

    Browsers send Origin, except with what a page merely embeds and with a page's requests to its own origin; then Sec-Fetch-Site tells.
    """
    values = {name: value.decode("latin-1") for name, value in headers if name in (b"origin", b"host", b"sec-fetch-site")}
    origin, host = values.get(b"origin"), values.get(b"host")
    if origin is None:
        return values.get(b"sec-fetch-site", "none") in ("none", "same-origin")
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
