"""A form field for a secret: what is typed into it goes into the database, sealed, and nowhere else."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

LONGEST = 1000


class SecretField(forms.CharField):
    """Never filled in, and its errors don't repeat what was typed."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off", "class": "vTextField"}
        super().__init__(widget=forms.PasswordInput(attributes, render_value=False), max_length=LONGEST, **kwargs)

    def validate(self, value: str) -> None:
        super().validate(value)
        if not all("!" <= character <= "~" for character in value):
            raise ValidationError("A key has no spaces, line breaks or special characters. Copy it again, without what stands around it.")
