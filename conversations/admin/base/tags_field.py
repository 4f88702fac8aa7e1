"""A form field for tags, typed between commas and kept as a list."""

from __future__ import annotations

from typing import Any

from django import forms


class TagsField(forms.CharField):
    """Between commas."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return list(dict.fromkeys(tag.strip()[:40] for tag in str(super().to_python(value)).split(",") if tag.strip()))[:20]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))
