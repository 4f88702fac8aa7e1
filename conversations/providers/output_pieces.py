"""The texts in a response's output: which piece each belongs to, and what was said of it already."""

from __future__ import annotations

from typing import Any

from . import bounded_json
from .delta_buffer import DeltaBuffer
from .errors import ProviderError
from .message_parts import text_of
from .parts import Kind
from .position import Place

_CONTENT: dict[str, Kind] = {
    "output_text": "text",
    "text": "text",
    "refusal": "refusal",
    "reasoning_text": "reasoning",
    "summary_text": "reasoning",
}
_LONGEST_ID = 1_000
MOST_ITEMS = 10_000
"""Items of one answer's output that say something."""


class OutputPieces:
    """Adds texts to `deltas`, with the blank line that stands between two pieces. `resumed_at`: what was said before is known so far."""

    __slots__ = ("_by_items", "_deltas", "_is_new", "_kinds", "_said", "place")

    def __init__(self, deltas: DeltaBuffer, resumed_at: Place | None = None) -> None:
        self._deltas = deltas
        self.place = resumed_at
        """That of the last text, or call."""
        self._is_new = False
        """A piece begins, or one has ended."""
        self._said: set[tuple[Kind, object]] = set()
        """Which kinds have come of which output items, piece by piece."""
        self._by_items: set[Kind] = set()
        """Which have come with whole items."""
        if resumed_at is not None:
            kinds: set[Kind] = {"reasoning"} if resumed_at[0] == "reasoning" else {"reasoning", "text", "refusal"}
            self._said = {(kind, resumed_at[1]) for kind in kinds}
        self._kinds: set[Kind] = {kind for kind, _ in self._said}

    def begins(self) -> None:
        """What comes next is another piece."""
        self._is_new = True

    def ended(self, kind: Kind, event: dict[str, Any]) -> None:
        """A piece has ended: some servers say only then what they did not stream."""
        place, place_said = self.place, (index(event, "content_index"), index(event, "summary_index"))
        is_another = place is None or (self._is_new and place_said != place[2:])
        if (is_another or (kind, index(event, "output_index")) not in self._said) and (
            text := text_of(event.get("text") or event.get("refusal"))
        ):
            self.add(kind, text, event)
        self._is_new = True

    def add(self, kind: Kind, text: str, where: dict[str, Any], *, is_streamed: bool = True) -> None:
        """More text. Raises ProviderError where there are too many items."""
        # Separate paragraphs of thought, or messages, arrive without the blank line that stands between them. A content_index alone says
        # nothing: there are servers that count deltas with it.
        place, item, summary = self.place, index(where, "output_index"), index(where, "summary_index")
        if place is None or self._is_new or place[0] != kind or place[1] != item or place[3] != summary:
            self._is_new = False
            if is_streamed:
                self._said.add((kind, item))
                self._kinds.add(kind)
                if len(self._said) > MOST_ITEMS:
                    raise ProviderError("provider", f"The answer has more than {MOST_ITEMS:,} items.")
            new = (kind, item, index(where, "content_index"), summary)
            if place is not None and place[0] == kind and place != new and not self._deltas.ends_in_picture:
                text = f"\n\n{text}"
            self.place = new
        self._deltas.add(kind, text)

    def add_item(self, item: object, number: object) -> None:
        """What a whole item says, of kinds that did not come piece by piece."""
        self._add_items([item], {*self._kinds}, number if type(number) is int else 0)

    def add_items(self, items: list[Any]) -> None:
        """The same of all items, at the end: of kinds that did not come before."""
        self._add_items(items, self._kinds | self._by_items, 0)

    def _add_items(self, items: list[Any], said: set[Kind], first: int) -> None:
        for number, item in enumerate(items, first):
            for field in ("summary", "content"):
                contents = item.get(field) if isinstance(item, dict) else None
                for place, content in enumerate(contents if isinstance(contents, list) else []):
                    if not isinstance(content, dict):
                        continue
                    kind = _CONTENT.get(bounded_json.word(content.get("type")))
                    if kind and kind not in said and (text := text_of(content.get("text") or content.get("refusal"))):
                        self._by_items.add(kind)
                        self._is_new = True
                        where = {"output_index": number, "content_index": place, "summary_index": field}
                        self.add(kind, text, where, is_streamed=False)
                    self._deltas.cite(content.get("annotations"))


def index(where: dict[str, Any], name: str) -> int | str | None:
    """The number of a piece. What else servers may write there couldn't be compared and stored."""
    value = where.get(name)
    return value if value is None or type(value) is int or (type(value) is str and len(value) <= _LONGEST_ID) else None
