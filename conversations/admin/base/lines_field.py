"""Fields with a text per line, kept as a list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from conversations.studio.bounds import MAX_STARTERS, STARTER_LENGTH


class LinesField(forms.Field):
    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        lines = (line.strip() for line in (value or "").splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return (initial or []) != self.to_python(data)
        except ValidationError:
            return True


class StartersField(LinesField):
    """What may be asked with one click."""

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if len(value) > MAX_STARTERS:
            raise ValidationError(f"At most {MAX_STARTERS} starters fit on the page; these are {len(value)}.")
        for line in value:
            if len(line) > STARTER_LENGTH:
                raise ValidationError(f"A starter has at most {STARTER_LENGTH} characters; “{line[:30]}…” has {len(line)}.")
