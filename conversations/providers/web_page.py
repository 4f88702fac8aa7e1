"""Web pages that come where JSON was asked for."""

import re

LONGEST_PAGE = 16 * 1024
LONGEST_WORDS = 300

# Each looks for one word and is asked at one place, so that reading takes time in proportion to the page.
_TITLE = re.compile(r"<title\b", re.I)
_TITLE_END = re.compile(r"</title", re.I)
_UNSEEN = re.compile(r"<(script|style)\b", re.I)
_UNSEEN_ENDS = {name: re.compile(rf"</{name}", re.I) for name in ("script", "style")}


def plain(text: str) -> str:
    """What a web page says, in one line; other text as it is."""
    if text.lstrip()[:1] != "<":
        return text
    text = text.lstrip()[:LONGEST_PAGE]
    return " ".join((_title(text) or _without_tags(text)).split())[:LONGEST_WORDS]


def _title(page: str) -> str:
    if (opening := _TITLE.search(page)) is None:
        return ""
    start = page.find(">", opening.end()) + 1
    closing = _TITLE_END.search(page, start) if start else None
    return page[start : closing.start()] if closing else ""


def _without_tags(page: str) -> str:
    words, place = [], 0
    while (start := page.find("<", place)) >= 0:
        words.append(page[place:start])
        unseen = _UNSEEN.match(page, start)
        closing = _UNSEEN_ENDS[unseen[1].lower()].search(page, start) if unseen else None
        end = page.find(">", closing.start() if closing else start)
        if end < 0 or (unseen and closing is None):  # the rest is a piece of a tag, or of a script
            return " ".join(words)
        place = end + 1
    return " ".join([*words, page[place:]])
