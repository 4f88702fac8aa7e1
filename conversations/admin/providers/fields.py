"""The form fields of a provider that need more than Django's."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from conversations.providers import header_templates

from . import presets

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
            "data-not-kept": "",  # a gateway's secret may be in it, which is no draft to keep in a browser
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
    if unknown := header_templates.unknown(value):
        known = ", ".join(f"{{{{ {known} }}}}" for known in header_templates.NAMES)
        raise ValidationError(f"{name} can’t name “{_short(unknown[0])}”: what is filled in with each request is one of {known}.")
    try:
        presets.replaced(value)
    except ValueError as error:
        raise ValidationError(f"{name}: {error}") from error
    if not _VALUE.fullmatch(value) or len(value) > LONGEST_VALUE:
        raise ValidationError(f"The value of {name} must be plain ASCII text of at most {LONGEST_VALUE:,} characters.")


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
