"""Pages that an answer cites, as both of OpenAI's APIs annotate its text with them, and servers that speak them:
https://platform.openai.com/docs/guides/tools-web-search#output-and-citations."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from conversations.providers.parts import Source

MOST = 100
"""Of one answer."""
LONGEST_ADDRESS, LONGEST_TITLE = 2_000, 300


class Citations:
    """Of one answer, each address once."""

    __slots__ = ("_addresses",)

    def __init__(self) -> None:
        self._addresses: set[str] = set()

    def read(self, annotations: object) -> Iterator[Source]:
        """Those that are new in a list of annotations, of which others than citations of addresses are passed over."""
        for given in annotations if isinstance(annotations, list) else []:
            if not isinstance(given, dict) or given.get("type") != "url_citation":
                continue
            nested = given.get("url_citation")
            source = _source(nested if isinstance(nested, dict) else given)
            if source is not None and source.url not in self._addresses and len(self._addresses) < MOST:
                self._addresses.add(source.url)
                yield source


def _source(given: dict[str, object]) -> Source | None:
    """None of what is no address of the web: a page makes links of them."""
    url, title = given.get("url"), given.get("title")
    if not isinstance(url, str) or len(url) > LONGEST_ADDRESS or not url.isprintable():
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    said = title if isinstance(title, str) and title.isprintable() else ""
    return Source(url, said.strip()[:LONGEST_TITLE])
