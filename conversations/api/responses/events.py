"""The events of a streamed response: https://platform.openai.com/docs/api-reference/responses-streaming.

Each has a `sequence_number` that follows from where it stands in the answer, and from nothing else: so a stream that is taken up
elsewhere goes on with the same numbers, however its text is cut into deltas. They grow, but not by one each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from conversations.providers.parts import Call

from . import output_items
from .output_items import Part

FIRST = 2
"""After response.created and response.in_progress."""
AROUND = 8
"""Numbers of each part beside its characters: of what tells its beginning and its end."""


class _Words(NamedTuple):
    """What the events of a kind of part are called, and the field that names its place in its item."""

    delta: str
    done: str
    field: str
    part: str
    place: str


_TEXT = _Words("response.output_text.delta", "response.output_text.done", "text", "response.content_part", "content_index")
_WORDS = {
    "text": _TEXT,
    "refusal": _Words("response.refusal.delta", "response.refusal.done", "refusal", "response.content_part", "content_index"),
    "reasoning": _Words(
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "text",
        "response.reasoning_summary_part",
        "summary_index",
    ),
    "tool_call": _Words("response.function_call_arguments.delta", "response.function_call_arguments.done", "arguments", "", ""),
}


class Events:
    """Writes the events of one response. `after`: those up to this number are left out."""

    def __init__(self, response_id: str, after: int = -1) -> None:
        self._id, self._after = response_id, after
        self.parts: list[Part] = []
        self._chunks: list[str] = []
        """Of the last part."""
        self._base = FIRST
        """The number of the first event of the last part, or of what follows the whole."""
        self._length = 0
        """Characters of the last part."""
        self._head = b""

    def beginning(self, response: dict[str, Any]) -> bytes:
        return self._event("response.created", 0, response=response) + self._event("response.in_progress", 1, response=response)

    def said(self, kind: str, text: str, call: Call | None = None) -> bytes:
        """More of the answer."""
        before = b""
        if not self.parts or self.parts[-1]["type"] != kind or call is not None:
            before = b"".join(self._ends("completed")) + b"".join(self._begins(kind, call))
        self._chunks.append(text)
        start, self._length = self._length, self._length + len(text)
        number = self._base + 1 + self._length
        if number <= self._after:
            return before
        if (skipped := self._after - (self._base + 1 + start)) > 0:
            text = text[skipped:]
        return b'%b%b%b,"sequence_number":%d}\n\n' % (before, self._head, orjson.dumps(text), number)

    def cites(self, source: Mapping[str, str]) -> None:
        """A page: told with the end of the text that has just been said."""
        text = next((part for part in reversed(self.parts) if part["type"] == "text"), None)
        if text is not None and source not in text.get("sources", ()):
            text["sources"] = [*text.get("sources", ()), source]

    def close(self, status: output_items.ItemStatus) -> bytes:
        """The end of the last item. Afterwards `parts` are whole."""
        return b"".join(self._ends(status))

    def end(self, response: dict[str, Any]) -> bytes:
        """The response's end: it is completed, incomplete (or cancelled, for which there is no event of its own) or failed."""
        status = response["status"]
        return self._event(f"response.{'incomplete' if status == 'cancelled' else status}", self._base, response=response)

    def error(self, code: str, message: str) -> bytes:
        """It ends otherwise than a response does."""
        return self._event("error", self._base + self._length + AROUND, code=code, message=message, param=None)

    def _begins(self, kind: str, call: Call | None) -> Iterator[bytes]:
        part: Part = {"type": kind, "text": ""}
        if kind == "tool_call":
            part |= call._asdict() if call is not None else {"id": "", "name": ""}
        self.parts.append(part)
        number, words = len(self.parts) - 1, _WORDS[kind]
        item = output_items.begun(self._id, number, part)
        where = {"item_id": item["id"], "output_index": number, **({words.place: 0} if words.place else {})}
        more: dict[str, Any] = {"logprobs": []} if kind == "text" else {}
        fields = orjson.dumps({"type": words.delta, **where, **more})[:-1]
        self._head = b'event: %b\ndata: %b,"delta":' % (words.delta.encode(), fields)
        yield self._event("response.output_item.added", self._base, output_index=number, item=item)
        if words.part:
            yield self._event(f"{words.part}.added", self._base + 1, **where, part=output_items.content(part))

    def _ends(self, status: output_items.ItemStatus) -> Iterator[bytes]:
        if not self.parts:
            return
        number, part = len(self.parts) - 1, self.parts[-1]
        part["text"] = "".join(self._chunks)
        self._chunks.clear()
        words, last = _WORDS[part["type"]], self._base + 3 + self._length
        item = output_items.item(self._id, number, part, status)
        where = {"item_id": item["id"], "output_index": number, **({words.place: 0} if words.place else {})}
        more: dict[str, Any] = {"logprobs": []} if part["type"] == "text" else {}
        if part["type"] == "tool_call":
            more["name"] = part["name"]
        for index, cited in enumerate(output_items.citations(part)):  # of one number: their place is the text's end, and its end has all
            yield self._event("response.output_text.annotation.added", last - 1, **where, annotation_index=index, annotation=cited)
        yield self._event(words.done, last, **where, **more, **{words.field: part["text"]})
        if words.part:
            yield self._event(f"{words.part}.done", last + 1, **where, part=output_items.content(part))
        yield self._event("response.output_item.done", last + 2, output_index=number, item=item)
        self._base += self._length + AROUND
        self._length = 0

    def _event(self, name: str, number: int, /, **fields: Any) -> bytes:
        if number <= self._after:
            return b""
        return b"event: %b\ndata: %b\n\n" % (name.encode(), orjson.dumps({"type": name, "sequence_number": number, **fields}))
