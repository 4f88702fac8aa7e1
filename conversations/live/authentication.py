"""Which user a connection belongs to, and whether they may keep it. The session is checked again at every command."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session as StoredSession
from django.db import models, transaction
from django.db.models import Subquery
from django.http import HttpRequest
from django.http.request import validate_host
from django.utils import timezone
from django.utils.http import is_same_domain

from conversations.commands.refusals import SignedOut
from conversations.models import User
from conversations.models.compiled import Parameter, Select
from conversations.processes import supervisor


class Verified(NamedTuple):
    """By what a session was found to be its user's: comparing this with what is stored takes less time than verifying it again."""

    session_data: str
    password: str


class Session:
    """The session that a connection or a request came with. With a `user_id`, it must be this user's."""

    user: User

    def __init__(self, key: str | None, user_id: uuid.UUID | None = None) -> None:
        self.key = key
        self._user_id = user_id
        self._verified: Verified | None = None

    async def is_signed_in(self) -> bool:
        """Whether it is as good as it was: of the same user, who is active and has not signed out. Reads the database."""
        try:
            await self.require()
        except SignedOut:
            return False
        return True

    async def require(self) -> None:
        """Raises SignedOut where it is not."""
        await database_sync_to_async(self.signed_in)()

    def signed_in(self) -> User:
        """The same, synchronous. Returns the user."""
        user = self._as_before() or self._verify()
        if user is None or user.pk != (self._user_id or user.pk):
            raise SignedOut
        self.user, self._user_id = user, user.pk
        return user

    def _as_before(self) -> User | None:
        """The user, where the session is stored as it was when it was verified here."""
        if self._verified is None:
            return None
        user: Any = _USER_AND_SESSION.first(id=self._user_id, session=self.key, now=timezone.now())
        return user if user is not None and user.is_active and self._verified == (user.session_data, user.password) else None

    def _verify(self) -> User | None:
        store = SessionStore(self.key)
        user = _user_of(store)
        if user is not None and store.stored is not None:
            self._verified = Verified(store.stored.session_data, user.password)
        return user

    def is_known_as(self, session: str) -> bool:
        """Whether this is its digest."""
        return self.key is not None and session == digest(self.key)


class SessionStore(db.SessionStore):
    """Remembers what it found. Sessions are signed with the name of their store's class, so it has the same."""

    stored: StoredSession | None = None

    def _get_session_from_db(self) -> StoredSession | None:
        self.stored = super()._get_session_from_db()  # type: ignore[misc]  # its stubs leave that out
        return self.stored


def _user_of(store: SessionStore) -> User | None:
    """The active user of a session as it is stored now."""
    if not store.session_key:
        return None
    request = HttpRequest()
    request.session = store
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
    if is_among(origin, settings.CSRF_TRUSTED_ORIGINS):
        return True
    if not validate_host(parts.hostname if ":" not in parts.hostname else f"[{parts.hostname}]", settings.ALLOWED_HOSTS):
        return False
    try:
        ours = urlsplit(f"{parts.scheme}://{host}") if host else None
        return ours is None or named == (ours.hostname, ours.port or _PORTS[parts.scheme])
    except ValueError:
        return False


def is_among(origin: str, allowed: Iterable[str]) -> bool:
    """By the rule that Django has for forms: “https://*.example.org” is all below that name."""
    return any(_is_one_of(origin, one) for one in allowed)


def _is_one_of(origin: str, trusted: str) -> bool:
    scheme, _, host = trusted.partition("://")
    if origin == trusted or not host.startswith("*"):
        return origin == trusted
    try:
        return is_same_domain(urlsplit(origin).netloc, host[1:]) and origin.startswith(f"{scheme}://")
    except ValueError:  # such as “https://[”
        return False


_USER_AND_SESSION = Select(
    lambda: User.objects.filter(pk=Parameter("id", models.UUIDField())).annotate(
        session_data=Subquery(
            StoredSession.objects.filter(
                session_key=Parameter("session", models.CharField()), expire_date__gt=Parameter("now", models.DateTimeField())
            ).values("session_data")
        )
    )
)
_PORTS = {"http": 80, "https": 443}
