"""Turns the bytes of an answer into the JSON objects in it, whether they come as events or, unasked, in one piece."""

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from .endpoint import Endpoint
from .errors import ProviderError
from .redaction import redacted
from .repeated_events import RepeatedEvents
from .server_sent_events import PLAIN, Data, EventDecoder, EventTooLarge
from .web_page import plain

LARGEST_EVENT = 8 * 1024 * 1024
"""Bytes. The longest answers have about one million characters, and may come whole in one event."""
MOST_CONTAINERS = 200_000
"""Lists and objects in one event: reading them takes far more time and memory than reading text of the same length."""
MOST_LINES = 100_000
"""Of an event that is read line by line."""
_SMALL = 256 * 1024
"""An event up to here can't hold so many that they matter."""
_END_MARK = "[DONE]"
_LIKE_JSON = re.compile(rb"\s*(\{|\[\s*([\[{\"]|$))")
_HEARTBEATS = (b"ping", b"heartbeat", b"keepalive", b"keep-alive", b"keep_alive")


class WireEvents:
    """Feed it bytes and iterate over what they complete; at the end of the body, over what `close` returns.

    Data that can't be JSON is a heartbeat, and passed over. Raises ProviderError where what comes makes no sense.
    """

    __slots__ = ("_decoder", "_endpoint", "_repeated", "done", "is_document")

    def __init__(self, endpoint: Endpoint, largest: int = LARGEST_EVENT) -> None:
        self._endpoint = endpoint
        self._decoder = EventDecoder(largest, _is_whole)
        self._repeated = RepeatedEvents()
        self.done = False
        """The server has sent its end mark."""
        self.is_document = False
        """The object came as a document of its own, and not as an event."""

    def feed(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        try:
            events = self._decoder.feed(chunk)
        except EventTooLarge:
            raise ProviderError("provider", "The server sent an event that is too large.") from None
        repeated = self._repeated
        for name, data in events:
            if name is None and repeated.take(data):
                continue
            if repeated.taken:
                yield from self._taken()
            yield from self._read(name, data)
            if self.done:
                return
        if repeated.taken:
            yield from self._taken()

    def _taken(self) -> Iterator[dict[str, Any]]:
        together, each = self._repeated.together(), [*self._repeated.taken]
        self._repeated.taken.clear()
        if together is not None:
            yield together
            return
        for data in each:
            yield from self._read(None, data)

    def _read(self, name: bytes | None, data: Data) -> Iterator[dict[str, Any]]:
        if len(data) > _SMALL and _is_crowded(data):
            raise ProviderError("provider", "The server sent an event with too many values in it.")
        try:
            event = orjson.loads(data)
        except ValueError:
            event = None
        if type(event) is dict and name is not PLAIN:
            if name is None:
                self._repeated.learn(data, event)
            elif "type" not in event:
                event["type"] = name.decode("utf-8", "replace")
            yield event
        else:
            yield from self._unusual(name, data)

    def close(self) -> Iterator[dict[str, Any]]:
        """What the end of the body completes. Half an event is passed over."""
        for name, data in self._decoder.close():
            if len(data) > _SMALL and _is_crowded(data):
                raise ProviderError("provider", "The server sent something with too many values in it.")
            if name is PLAIN or _is_whole(bytes(data)):
                yield from self._unusual(name, data)

    def _unusual(self, name: bytes | None, data: Data) -> Iterator[dict[str, Any]]:
        """What is no object as orjson reads them: lists of them, JSON with half a surrogate pair or broken UTF-8 in it, lines of JSON, the
        end mark, heartbeats.
        """
        text = data.decode("utf-8", "replace").strip()
        if name is PLAIN and text.startswith("<"):
            words = redacted(f"The server sent a web page: {plain(text)}", *self._endpoint.secrets)
            raise ProviderError("provider", words, is_no_answer=True)
        self.is_document = name is PLAIN
        try:
            for document in _documents(text):
                if document == _END_MARK:
                    self.done = True
                    break
                if isinstance(document, dict):
                    if name is not None and name is not PLAIN:
                        document.setdefault("type", name.decode("utf-8", "replace"))
                    yield document
        except _Unreadable:
            if name is None or name.lower() not in _HEARTBEATS:
                words = f"The server sent something unreadable, {len(text)} characters that are no JSON."
                raise ProviderError("provider", words) from None
        finally:
            self.is_document = False


def _is_crowded(data: Data) -> bool:
    return data.count(b"[") + data.count(b"{") > MOST_CONTAINERS


def _is_whole(data: bytes) -> bool:
    if data.startswith(b"<") or (len(data) > _SMALL and _is_crowded(data)):
        return False
    if not _LIKE_JSON.match(data):
        return True
    try:
        orjson.loads(data)
    except ValueError:
        return False
    return True


class _Unreadable(Exception):
    """It was to be JSON, and is not."""


def _documents(text: str) -> Iterator[object]:
    """The values in a text: one, those of a list, or one in each line, up to one that is unreadable: then it raises, for what comes before
    may have come by itself.
    """
    if not text:
        return
    if text == _END_MARK:
        yield text
        return
    if "\n" not in text and text[0] not in '{["':  # heartbeats come by the thousand where a server has gone mad
        return
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        pass
    else:
        yield from document if isinstance(document, list) else [document]
        return
    if "\n" not in text:
        if _LIKE_JSON.match(text.encode()):
            raise _Unreadable
        return
    if text.count("\n") > MOST_LINES:
        raise _Unreadable
    for line in text.split("\n"):
        yield from _documents(line.strip())
