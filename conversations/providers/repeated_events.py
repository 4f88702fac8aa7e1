"""Reads an answer's events past the JSON that they repeat: nearly all of them differ in a few words only."""

import re
import sys
from typing import Any

import orjson

from .server_sent_events import Data

_PLAIN = re.compile(rb'[^"\\\x00-\x1f]*')
"""What stands in JSON as it is."""
_PROBE = "a probe of ours"
MOST_FRUITLESS = 8
"""So many events are looked at in vain, or nearly so. Some servers put a time or a number into each."""
FEW = 8


class RepeatedEvents:
    """Of one stream of Chat Completions: what the last events had before their text, and behind it."""

    __slots__ = ("_event", "_fruitless", "_head", "_least", "_tail", "_uses", "taken")

    def __init__(self) -> None:
        self.taken: list[Data] = []
        """Events that wait to be read together."""
        self._head = self._tail = b""
        self._least = sys.maxsize  # so far, none is like it
        self._event: dict[str, Any] = {}
        self._uses = FEW
        self._fruitless = 0

    def take(self, data: Data) -> bool:
        """Whether all but its text is as in the event that was learned; then it waits."""
        if len(data) < self._least or not data.startswith(self._head) or not data.endswith(self._tail):
            return False
        self.taken.append(data)
        return True

    def together(self) -> dict[str, Any] | None:
        """Those that waited as one event. None where a text has to be read as JSON. It is the same object each time."""
        begin, end = len(self._head), -len(self._tail)
        texts = [data[begin:end] for data in self.taken]
        joined = b"".join(texts)
        if _PLAIN.fullmatch(joined) is None:
            return None
        try:
            text = joined.decode() if joined.isascii() else "".join([text.decode() for text in texts])
        except UnicodeDecodeError:
            return None
        self._uses += len(texts)
        self._event["choices"][0]["delta"]["content"] = text
        return self._event

    def learn(self, data: Data, event: dict[str, Any]) -> None:
        """Expect events like this one, if it has a text and no other part of an answer."""
        if self._fruitless >= MOST_FRUITLESS or (text := _only_text(event)) is None:
            return
        if self._uses < FEW:
            self._fruitless += 1
        self._uses, self._least = 0, sys.maxsize
        head, quoted, tail = bytes(data).partition(orjson.dumps(text))
        if not quoted:
            return
        head, tail = head + b'"', b'"' + tail
        try:
            probed = orjson.loads(head + _PROBE.encode() + tail)
        except ValueError:
            return
        if _only_text(probed) != _PROBE:  # what was found is another string, with the same words in it
            return
        probed["choices"][0]["delta"]["content"] = text
        if probed == event:
            self._head, self._tail, self._event, self._least = head, tail, probed, len(head) + len(tail)


def _only_text(event: dict[str, Any]) -> str | None:
    """The text of a delta that is no end, no error and no account besides."""
    choices = event.get("choices")
    if type(choices) is not list or len(choices) != 1 or type(choices[0]) is not dict:
        return None
    if choices[0].get("finish_reason") or event.get("usage") or event.get("error"):
        return None
    delta = choices[0].get("delta")
    text = delta.get("content") if type(delta) is dict and len(delta) == 1 else None
    return text if type(text) is str and text else None
