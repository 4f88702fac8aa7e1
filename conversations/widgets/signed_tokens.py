"""Tokens with which a host signs its users in: JSON Web Tokens (RFC 7519) with HMAC-SHA256, and nothing else that these may be.

What is not exactly as it is meant is refused: another algorithm, "none" among them, a missing claim, another widget's token, or one that
would be good for longer than an hour.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from typing import Any, NamedTuple

import orjson
from django.views.decorators.debug import sensitive_variables

from conversations.models.widgets import MAX_SUBJECT_CHARACTERS

MAX_SECONDS = 3600
LEEWAY_SECONDS = 60
"""Clocks of two servers differ."""
LONGEST = 4096
LONGEST_NAME = 150
_SECRET_BYTES = 32


class Refused(Exception):
    """Why a token counts for nothing, in words for who writes the host's program."""


class Claims(NamedTuple):
    subject: str
    name: str


def new_secret() -> str:
    return secrets.token_urlsafe(_SECRET_BYTES)


@sensitive_variables("secret")
def sign(claims: Claims, secret: str, audience: str, now: float | None = None) -> str:
    """A token as hosts make it, good for an hour."""
    expires = int(time.time() if now is None else now) + MAX_SECONDS
    payload = {"sub": claims.subject, "name": claims.name, "aud": audience, "exp": expires}
    signed = ".".join(_base64(orjson.dumps(part)) for part in ({"alg": "HS256", "typ": "JWT"}, payload))
    return f"{signed}.{_base64(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))}"


@sensitive_variables("secret")
def read(token: str, secret: str, audience: str, now: float | None = None) -> Claims:
    """Whom the token names. `audience`: the widget's key. Raises Refused."""
    if len(token) > LONGEST or token.count(".") != 2:
        raise Refused("The token is no JSON Web Token.")
    signed, _, signature = token.rpartition(".")
    header, payload = (_object(part) for part in signed.split("."))
    if header.get("alg") != "HS256" or header.get("typ", "JWT") != "JWT" or "crit" in header:
        raise Refused('The token’s header must be {"alg": "HS256", "typ": "JWT"}.')
    expected = hmac.digest(secret.encode(), signed.encode(), hashlib.sha256)
    if not hmac.compare_digest(expected, _bytes(signature)):
        raise Refused("The token is signed with another secret.")
    return _claims(payload, audience, time.time() if now is None else now)


def _claims(payload: dict[str, Any], audience: str, now: float) -> Claims:
    expires = _time(payload, "exp")
    if expires is None or expires <= now - LEEWAY_SECONDS:
        raise Refused("The token has expired, or has no “exp”.")
    if expires > now + MAX_SECONDS + LEEWAY_SECONDS:
        raise Refused("The token is good for longer than an hour.")
    if any((since := _time(payload, name)) is not None and since > now + LEEWAY_SECONDS for name in ("nbf", "iat")):
        raise Refused("The token is not good yet.")
    meant = payload.get("aud")
    if audience not in (meant if isinstance(meant, list) else [meant]):
        raise Refused("The token’s “aud” must be the widget’s key.")
    subject, name = payload.get("sub"), payload.get("name", "")
    if not isinstance(subject, str) or not subject.strip() or len(subject) > MAX_SUBJECT_CHARACTERS or "\x00" in subject:
        raise Refused("The token’s “sub” must say who the user is, in at most 255 characters.")
    if not isinstance(name, str):
        raise Refused("The token’s “name” must be text.")
    return Claims(subject, name.replace("\x00", "").strip()[:LONGEST_NAME])


def _time(payload: dict[str, Any], name: str) -> float | None:
    value = payload.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"The token’s “{name}” must be a number of seconds.")
    return float(value)


def _object(part: str) -> dict[str, Any]:
    try:
        read = orjson.loads(_bytes(part))
    except orjson.JSONDecodeError:
        read = None
    if not isinstance(read, dict):
        raise Refused("The token is no JSON Web Token.")
    return read


def _bytes(part: str) -> bytes:
    """Of base64 for addresses, without padding, as RFC 7515 has it."""
    try:
        decoded = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Refused("The token is no JSON Web Token.") from None
    if _base64(decoded) != part:
        raise Refused("The token is no JSON Web Token.")
    return decoded


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
