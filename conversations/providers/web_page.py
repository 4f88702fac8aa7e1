"""Web pages that come where JSON was asked for."""

import re


def plain(text: str) -> str:
    """What a web page says, in one line; other text as it is."""
    if text.lstrip()[:1] != "<":
        return text
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.I | re.S)
    words = title[1] if title else re.sub(r"(?s)<(script|style).*?</\1>|<[^>]*>", " ", text)
    return " ".join(words.split())[:300]
