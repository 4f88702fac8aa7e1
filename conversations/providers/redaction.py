"""Keeps secrets out of what is logged and shown."""

import base64
import re
from functools import lru_cache

from .endpoint import PLACEHOLDER_KEY

_MASK = "[secret]"
_LIMIT = 2_000
_LONGEST_HEADER = 120
_SHORTEST_PART = 8
"""Characters of a secret's beginning that are masked where a text was cut off amid it."""
_PATTERNS = (
    (re.compile(r"\b(?:sk|gsk|pk|rk|sess|xai)[-_][\w*.…-]{3,}"), _MASK),
    (
        re.compile(r"(?i)\b((?:proxy-)?authorization|x-api-key|api-key)\b[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic)\s+)?[^\s,\"'}]+"),
        rf"\1: {_MASK}",
    ),
    (re.compile(r"(?i)\bbearer\s+[\w.~+/=*-]{4,}"), f"Bearer {_MASK}"),
    (re.compile(r"(?i)(api[ _-]?key(?: provided)?\s*[:=]\s*)[^\s,\"'}]+"), rf"\1{_MASK}"),
    (re.compile(r"(?i)\b((?:x-amz-)?(?:signature|credential))=[^&\s\"']+"), rf"\1={_MASK}"),
    (re.compile(r"//[^/\s@]+@"), f"//{_MASK}@"),
)


def redacted(text: str, *secrets: str) -> str:
    """`text` without the secrets given, without anything that looks like a key, and not too long for a log line."""
    text = text[: 4 * _LIMIT]
    for secret in secrets:
        if secret and secret != PLACEHOLDER_KEY:
            text = _without_beginning(_forms(secret).sub(_MASK, text), secret)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    text = text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    return text if len(text) <= _LIMIT else f"{text[:_LIMIT]}…"


def header_value(value: str, *secrets: str) -> str:
    """A header's value that is kept: redacted, of printable ASCII (a terminal obeys other characters), and not long."""
    printable = "".join(character if " " <= character <= "~" else "?" for character in value[: 4 * _LIMIT])
    return redacted(printable, *secrets)[:_LONGEST_HEADER]


@lru_cache(maxsize=64)
def _forms(secret: str) -> re.Pattern[str]:
    """Finds a secret as it is, in either case, without its dashes, escaped, in base64 and as hexadecimal digits."""
    # Nothing is matched in two ways, so that no text makes it step back.
    has_letters = any(character.isalnum() for character in secret)  # a pattern of dashes alone would find nothing, everywhere
    written = r"\\*".join(_character(character, optional=has_letters and character in "-_") for character in secret)
    digits = secret.encode().hex()
    return re.compile("|".join([written, *_base64(secret), *([digits] if len(digits) >= _SHORTEST_PART else [])]), re.I)


def _character(character: str, *, optional: bool) -> str:
    code = ord(character)
    percent = "".join(f"%{byte:02x}" for byte in character.encode())
    escapes = (percent, rf"\\u{code:04x}", rf"\\x{code:02x}", f"&#x0*{code:x};", f"&#0*{code};")
    found = f"(?:{re.escape(character)}|{'|'.join(escapes)})"
    return f"{found}?" if optional else found


def _base64(secret: str) -> list[str]:
    """What of a secret's base64 doesn't depend on what is encoded before and after it, wherever it begins."""
    forms = []
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret.encode()).decode().rstrip("=")
        begin, end = (0, 2, 3)[before], len(encoded) - (1 if (before + len(secret.encode())) % 3 else 0)
        whole = encoded[begin:end]
        if len(whole) >= _SHORTEST_PART:
            forms.append(re.escape(whole).replace(r"\+", "(?:[+-]|%2b)").replace("/", "(?:[/_]|%2f)"))
    return forms


def _without_beginning(text: str, secret: str) -> str:
    """Without what is left of the secret at the end of a text that was cut off amid it."""
    lower, wanted = text[-len(secret) :].lower(), secret.lower()
    for length in range(len(lower), _SHORTEST_PART - 1, -1):
        if wanted.startswith(lower[-length:]):
            return text[:-length] + _MASK
    return text
