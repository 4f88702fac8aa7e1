"""Who writes to a widget: found by the digest of what the browser or the host's token says, and made with the first message."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from conversations.api.errors import ApiError
from conversations.database_jobs import job_transaction
from conversations.models import User, Visitor, Visitors, Widget, sealed
from conversations.models.invitations import digest

from . import rates, signed_tokens

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
"""256 random bits, drawn by the visitor's browser: it may send a message again before it knows whether the first one arrived."""
SEEN_NOTED_AFTER = timedelta(hours=1)


class Identity(NamedTuple):
    """Of a visitor, of whom there may be no row yet."""

    widget: Widget
    digest: str
    subject: str = ""
    name: str = ""


def identity(request: HttpRequest, widget: Widget) -> Identity:
    """Who sent the request. Raises ApiError."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    credentials = credentials.strip()
    if scheme.lower() != "bearer" or not credentials:
        raise _refused("This visitor is not known: the page has sent no token.")
    if widget.visitors_are == Visitors.SIGNED:
        return _signed_in(credentials, widget)
    if not _SECRET.fullmatch(credentials):
        raise _refused("What the page has sent is no visitor’s token.")
    return Identity(widget, digest(f"anonymous:{credentials}"))


def found(who: Identity) -> Visitor | None:
    """Synchronous."""
    return Visitor.objects.of(who.widget).select_related("user").filter(digest=who.digest).first()


def admitted(who: Identity, address: str | None) -> User:
    """The user of this visitor, who is about to write and is made where there is none. Synchronous. Raises Refused."""
    visitor = found(who)
    if visitor is None:
        try:
            with job_transaction():
                return _made(who, address)
        except IntegrityError:  # another tab of the same browser was first
            if transaction.get_connection().needs_rollback:
                raise
            visitor = Visitor.objects.of(who.widget).select_related("user").get(digest=who.digest)
    now = timezone.now()
    if now - visitor.last_seen >= SEEN_NOTED_AFTER:
        Visitor.objects.filter(pk=visitor.pk).update(last_seen=now)
    if who.name and visitor.user.first_name != who.name:
        User.objects.filter(pk=visitor.user_id).update(first_name=who.name)
    return visitor.user


def _made(who: Identity, address: str | None) -> User:
    rates.count_new_visitor(who.widget, None if address is None else _unreadable(address))
    user = Visitor.new_user()
    user.first_name = who.name
    user.save(force_insert=True)
    user.groups.add(who.widget.group_id)
    Visitor.objects.create(widget=who.widget, user=user, digest=who.digest, subject=who.subject, last_seen=timezone.now())
    return user


def _signed_in(token: str, widget: Widget) -> Identity:
    try:
        claims = signed_tokens.read(token, widget.secret, widget.key)
    except signed_tokens.Refused as error:
        raise _refused(str(error)) from None
    except sealed.Unreadable:
        raise _refused("This widget has no secret that tokens could be signed with: draw a new one.") from None
    return Identity(widget, digest(f"signed:{claims.subject}"), claims.subject, claims.name)


def _unreadable(address: str) -> str:
    """So that what is counted by address doesn't keep addresses."""
    return salted_hmac(__name__, address, algorithm="sha256").hexdigest()[:32]


def _refused(message: str) -> ApiError:
    return ApiError(401, message, code="unknown_visitor", headers={"WWW-Authenticate": "Bearer"})
