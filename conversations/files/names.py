"""A file's name as it is shown. It is never the name under which anything is stored."""

from __future__ import annotations

import re
import unicodedata

from conversations.models import MAX_FILE_NAME_CHARACTERS

NAMELESS = "file"
MAX_EXTENSION_CHARACTERS = 12
_JOINERS = "\u200c\u200d"  # parts of words and of emoji; other characters without a look can turn a name around
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean_name(given: str) -> str:
    """Without folders, control characters and what turns the direction of text; what is too long keeps its extension."""
    last = re.split(r"[/\\]", given)[-1]
    shown = "".join(sign for sign in last if sign in _JOINERS or unicodedata.category(sign) not in _HIDDEN)
    name = " ".join(shown.split())
    if not name.strip("."):
        return NAMELESS
    if len(name) <= MAX_FILE_NAME_CHARACTERS:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > MAX_EXTENSION_CHARACTERS:
        return name[:MAX_FILE_NAME_CHARACTERS]
    return stem[: MAX_FILE_NAME_CHARACTERS - len(extension) - 1] + dot + extension
