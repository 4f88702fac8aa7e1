"""Code fences of Markdown."""

import re

_LINE = re.compile(r"^[ \t>]*(?:(`{3,})([^`\n]*)|(~{3,})([^\n]*))$", re.MULTILINE)


def open_fence(text: str) -> str:
    """The marker of the fence that is open where the text ends; "" where none is."""
    opened = ""
    for line in _LINE.finditer(text):
        marker, info = line[1] or line[3], line[2] or line[4] or ""
        if not opened:
            opened = marker
        elif marker.startswith(opened) and not info.strip():
            opened = ""
    return opened
