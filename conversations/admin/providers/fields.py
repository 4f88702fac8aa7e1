"""The form fields of a provider that need more than Django's."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError

MOST_HEADERS = 30
LONGEST_VALUE = 2000
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token, as RFC 9110 has it
_VALUE = re.compile(r"[\x20-\x7e]*")
_OURS = ("accept-encoding", "connection", "content-encoding", "content-length", "content-type", "host", "transfer-encoding")


class HeadersField(forms.CharField):
    """Headers, one per line as “Name: value”; kept as an object."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {
            "rows": 4,
            "spellcheck": "false",
            "autocomplete": "off",
            "placeholder": "X-Title: My chat",
            "class": "vLargeTextField",
        }
        super().__init__(widget=forms.Textarea(attributes), required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{name}: {said}" for name, said in value.items()) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        headers: dict[str, str] = {}
        for line in (value or "").splitlines():
            if not line.strip():
                continue
            name, colon, said = (part.strip() for part in line.partition(":"))
            if not colon or not name:
                raise ValidationError(f"“{_short(line)}” is no header. Write one per line, such as “X-Title: My chat”.")
            _check(name, said)
            if name.lower() in (known.lower() for known in headers):
                raise ValidationError(f"{name} is there twice.")
            headers[name] = said
        if len(headers) > MOST_HEADERS:
            raise ValidationError(f"At most {MOST_HEADERS} headers can be sent along; these are {len(headers)}.")
        return headers

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return (initial or {}) != self.to_python(data)
        except ValidationError:
            return True


def _check(name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValidationError(f"“{_short(name)}” is no header’s name: letters, digits and hyphens, without spaces.")
    if name.lower() == "authorization":
        raise ValidationError("Authorization is made from the provider’s keys, which are kept sealed. Enter it as a key, without “Bearer”.")
    if name.lower() in _OURS:
        raise ValidationError(f"{name} is set with each request, so it can’t be set here.")
    if not _VALUE.fullmatch(value) or len(value) > LONGEST_VALUE:
        raise ValidationError(f"The value of {name} must be plain ASCII text of at most {LONGEST_VALUE:,} characters.")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"


def clean_address(address: str) -> str:
    """A base URL as it is stored. Raises ValidationError."""
    address = address.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or re.search(r"[\s\x00-\x20\x7f]", address):
        raise ValidationError("Write an address that starts with http:// or https://, such as https://api.openai.com/v1.")
    if parts.username is not None or parts.password is not None:
        raise ValidationError("Leave name and password out of the address: keys are entered below, where they are kept sealed.")
    if "?" in address or "#" in address:
        raise ValidationError("Leave out what stands behind “?” or “#”. What a gateway needs beyond the address may be sent as headers.")
    for path in ("/chat/completions", "/responses", "/models", "/completions"):
        if parts.path.endswith(path):
            raise ValidationError(f"Leave out {path}: it is added to the address with each request.")
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
