"""Secrets at rest: sealed with a key derived from the settings, which can be changed while old seals still open."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

_PURPOSE = b"chatbot: API keys at rest"


class Unreadable(Exception):
    """It was sealed with a secret that the settings don't name any more."""


@sensitive_variables("secret")
def seal(secret: str) -> str:
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises Unreadable."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def reseal(sealed: str) -> str:
    """The same secret sealed with the newest key. Raises Unreadable."""
    try:
        return _box().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def is_current(sealed: str) -> bool:
    """Whether the newest key opens it."""
    try:
        _fernet(settings.KEY_SECRET).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def _box() -> MultiFernet:
    return MultiFernet([_fernet(secret) for secret in (settings.KEY_SECRET, *settings.OLD_KEY_SECRETS)])


@lru_cache(maxsize=16)
def _fernet(secret: str) -> Fernet:
    # HMAC of a purpose by a high-entropy secret: one HKDF-Expand step (RFC 5869), so this use learns nothing of SECRET_KEY's others.
    return Fernet(base64.urlsafe_b64encode(hmac.new(secret.encode(), _PURPOSE, hashlib.sha256).digest()))
