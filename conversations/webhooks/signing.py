"""How messages are signed: by the specification of Standard Webhooks 1.0.0, https://www.standardwebhooks.com, with a shared secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from django.views.decorators.debug import sensitive_variables

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """As receivers' libraries take it: the prefix, and random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


@sensitive_variables("secret", "key")
def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """`timestamp`: of this attempt, in seconds since 1970. What is signed is the id, the timestamp and the body, with dots between."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }
