"""A form's text field with suggestions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class SuggestingInput(forms.TextInput):
    """A text field that offers words and takes others."""

    def __init__(self, suggestions: Iterable[str] = (), attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off", **(attrs or {})})
        self.suggestions = tuple(suggestions)
        self.remarks: Mapping[str, str] = {}
        """What is to be known of some of them, shown beside them."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        list_id = f"{name}_suggestions"
        field = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        options = format_html_join("", '<option value="{}"{}></option>', ((word, self._label(word)) for word in self.suggestions))
        return format_html('{}<datalist id="{}">{}</datalist>', field, list_id, options)

    def _label(self, word: str) -> SafeString | str:
        return format_html(' label="{}: {}"', word, self.remarks[word]) if word in self.remarks else ""
