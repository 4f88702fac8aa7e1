"""Secrets at rest: sealed with a key derived from the settings, which can be changed while old seals still open."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

_PURPOSE = b"chatbot: API keys at rest"


class Unreadable(Exception):
    """It was sealed with a secret that the settings don't name any more, or for another row."""


@sensitive_variables("secret")
def seal(secret: str, row: UUID) -> str:
    """It opens for this row alone: who can write to the database can't have it opened for another provider by copying it."""
    return _box(row).encrypt(secret.encode()).decode()


def unseal(sealed: str, row: UUID) -> str:
    """Raises Unreadable."""
    for box in (_box(row), _box(None)):
        try:
            return box.decrypt(sealed.encode()).decode()
        except InvalidToken:
            continue
    raise Unreadable


def reseal(sealed: str, row: UUID) -> str:
    """The same secret sealed with the newest key. Raises Unreadable."""
    return seal(unseal(sealed, row), row)


def is_current(sealed: str, row: UUID | None) -> bool:
    """Whether it is sealed with the newest key, and for this row; None: for none, as before seals were bound to rows."""
    try:
        _fernet(settings.KEY_SECRET, row).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def _box(row: UUID | None) -> MultiFernet:
    """Without a row: what was sealed before it was bound to one, which `serve` seals again an hour after its start."""
    return MultiFernet([_fernet(secret, row) for secret in (settings.KEY_SECRET, *settings.OLD_KEY_SECRETS)])


@lru_cache(maxsize=256)
def _fernet(secret: str, row: UUID | None) -> Fernet:
    # HMAC of a purpose by a high-entropy secret: one HKDF-Expand step (RFC 5869), so this use learns nothing of SECRET_KEY's others.
    # With the row in it, each row has a key of its own.
    info = _PURPOSE if row is None else _PURPOSE + b", of " + row.bytes
    return Fernet(base64.urlsafe_b64encode(hmac.new(secret.encode(), info, hashlib.sha256).digest()))
