"""Keeps secrets out of what is logged and shown."""

import re

from .endpoint import PLACEHOLDER_KEY

_MASK = "[secret]"
_LIMIT = 2_000
_PATTERNS = (
    (re.compile(r"\b(?:sk|gsk|pk|rk|sess|xai)[-_][\w*.…-]{3,}"), _MASK),
    (
        re.compile(r"(?i)\b((?:proxy-)?authorization|x-api-key|api-key)\b[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic)\s+)?[^\s,\"'}]+"),
        rf"\1: {_MASK}",
    ),
    (re.compile(r"(?i)\bbearer\s+[\w.~+/=*-]{4,}"), f"Bearer {_MASK}"),
    (re.compile(r"(?i)(api[ _-]?key(?: provided)?\s*[:=]\s*)[^\s,\"'}]+"), rf"\1{_MASK}"),
    (re.compile(r"//[^/\s@]+@"), f"//{_MASK}@"),
)


def redacted(text: str, *secrets: str) -> str:
    """`text` without the secrets given, without anything that looks like a key, and not too long for a log line."""
    for secret in secrets:
        if secret and secret != PLACEHOLDER_KEY:
            text = text.replace(secret, _MASK)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    text = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return text if len(text) <= _LIMIT else f"{text[:_LIMIT]}…"
