"""Turns the bytes of an answer into the JSON objects in it, whether they come as events or, unasked, in one piece."""

import json
from collections.abc import Iterator
from typing import Any

import orjson

from . import error_reading
from .endpoint import Endpoint
from .errors import ProviderError
from .redaction import redacted
from .server_sent_events import EventDecoder, EventTooLarge

LARGEST_ANSWER = 32 * 1024 * 1024


class WireEvents:
    """Feed it bytes and iterate over what they complete. Raises ProviderError where they make no sense."""

    __slots__ = ("_decoder", "_endpoint", "_whole", "done")

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._decoder = EventDecoder(LARGEST_ANSWER)
        self._whole: bytearray | None = bytearray()  # what has come, until it is clear that it is events
        self.done = False  # the server has sent its end mark

    def feed(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        if self._whole is not None:
            self._whole += chunk
            beginning = bytes(self._whole.lstrip(b"\xef\xbb\xbf \t\r\n")[:1])
            if beginning in (b"", b"{", b"<"):  # no event begins like that
                if len(self._whole) > LARGEST_ANSWER:
                    raise ProviderError("provider", "The answer is too large.")
                return
            chunk, self._whole = bytes(self._whole), None
        try:
            events = self._decoder.feed(chunk)
        except EventTooLarge:
            raise ProviderError("provider", "The server sent an event that is too large.") from None
        for name, data in events:
            try:
                event = orjson.loads(data)
            except ValueError:
                event = self._unusual(data)
            if type(event) is dict:
                if name is not None and "type" not in event:
                    event["type"] = name.decode("utf-8", "replace")
                yield event
            elif self.done:
                return

    def whole(self) -> dict[str, Any] | None:
        """At the end: the answer, if it came in one piece."""
        if not self._whole:
            return None
        text = self._whole.decode("utf-8-sig", "replace").strip()
        if text.startswith("<"):
            words = redacted(f"The server sent a web page: {error_reading.plain(text)}", *self._endpoint.secrets)
            raise ProviderError("provider", words, is_no_answer=True)
        document = self._unusual(text.encode("utf-8", "replace"))
        return document if isinstance(document, dict) else None

    def _unusual(self, data: bytes) -> object:
        """What orjson can't read: the end mark, nothing at all, or JSON with half a surrogate pair or broken UTF-8 in it."""
        text = data.decode("utf-8", "replace").strip()
        if text == "[DONE]":
            self.done = True
        elif text:
            try:
                document: object = json.loads(text)
            except (ValueError, RecursionError):
                pass
            else:
                return document
            raise ProviderError(
                "provider",
                redacted(f"The server sent something unreadable, {len(text)} characters that are no JSON.", *self._endpoint.secrets),
            )
        return None
