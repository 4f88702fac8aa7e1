"""What names of prompts and providers may hold. Pure, and asked by forms and files: as a field's validator it would be a migration."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError

_TURNS_TEXT = re.compile("[\u202a-\u202e\u2066-\u2069]")


def clean_name(name: str, called: str = "The name") -> str:
    """The name. ValidationError where it would turn the words around it, wherever it is shown."""
    if found := _TURNS_TEXT.search(name):
        behind = f"behind “{name[: found.start()]}”" if found.start() else "at its beginning"
        raise ValidationError(
            f"{called} has a character {behind} that isn’t seen and turns the words around it (U+{ord(found[0]):04X}). "
            "Delete it, or type the name again: Hebrew and Arabic need none."
        )
    return name


def without_turns(name: str) -> str:
    """The name without such characters, for what is taken over from elsewhere."""
    return _TURNS_TEXT.sub("", name)
