"""Decodes server-sent events from bytes, by the WHATWG's specification, wherever the bytes are cut; where wanted, also untidy ones."""

from collections.abc import Callable
from typing import Final

Data = bytes | bytearray
Event = tuple[bytes | None, Data]

PLAIN: Final = b"\nplain"
"""Stands for the type of what came without being an event: a JSON document or a web page between the events, or instead of them."""

_BOM = b"\xef\xbb\xbf"
_FIELDS = (b"data", b"event", b"id", b"retry", b"")
_PLAIN_BEGINNINGS = (b"{", b"[", b"<")


class EventTooLarge(Exception):
    """The server sends something that never ends."""


class EventDecoder:
    """Feed it what arrives; it returns the events that are complete, as (event type or None, data).

    `is_whole` says whether data is an event by itself. With it, such data needs no blank line behind it, and a JSON document or web page
    comes as PLAIN. Without it, the specification decides alone.
    """

    __slots__ = ("_after_cr", "_data", "_is_whole", "_limit", "_line", "_line_size", "_start", "_type")

    def __init__(self, limit: int = 32 * 1024 * 1024, is_whole: Callable[[bytes], bool] | None = None) -> None:
        self._limit = limit
        self._is_whole = is_whole
        self._start: bytes | None = b""  # the first bytes, until it is clear whether they are a byte order mark
        self._line: list[bytes] = []  # pieces of the line that has no end yet
        self._line_size = 0
        self._after_cr = False
        self._data: Data | None = None  # bytes while it is one line that may be whole, else a bytearray
        self._type: bytes | None = None

    def feed(self, chunk: bytes) -> list[Event]:
        if self._start is not None:
            chunk = self._without_mark(chunk)
        if self._after_cr and chunk:
            self._after_cr = False
            if chunk[0] == 10:
                chunk = chunk[1:]
        if b"\r" in chunk:
            self._after_cr = chunk[-1] == 13
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n" not in chunk:
            self._keep(chunk)
            return []
        if self._line:
            self._line.append(chunk)
            chunk = b"".join(self._line)
            self._line.clear()
            self._line_size = 0
        lines = chunk.split(b"\n")
        self._keep(lines.pop())
        return self._events(lines)

    def close(self) -> list[Event]:
        """At the end of the body: what is left, although its last line or the blank line behind it is missing."""
        events = self._events([b"".join(self._line), b""])
        self._line.clear()
        if self._data is not None:
            events.append((self._type, self._data))
        self._type = self._data = None
        return events

    def _without_mark(self, chunk: bytes) -> bytes:
        start = (self._start or b"") + chunk
        if len(start) < len(_BOM) and _BOM.startswith(start):
            self._start = start
            return b""
        self._start = None
        return start.removeprefix(_BOM)

    def _keep(self, piece: bytes) -> None:
        if not piece:
            return
        self._line.append(piece)
        self._line_size += len(piece)
        if self._line_size + len(self._data or b"") > self._limit:
            raise EventTooLarge

    def _events(self, lines: list[bytes]) -> list[Event]:
        events: list[Event] = []
        kind, data = self._type, self._data
        for line in lines:
            if data is None and line.startswith(b"data: "):
                data = line[6:]
            elif line or kind is PLAIN:
                kind, data = self._read(line, kind, data, events)
            else:
                if data is not None:
                    events.append((kind, data))
                kind = data = None
        if data is not None and self._is_whole is not None:
            data = self._pass_on(kind, data, events)
            if data is None and kind is PLAIN:
                kind = None
        self._type, self._data = kind, data
        if data is not None and len(data) > self._limit:
            raise EventTooLarge
        return events

    def _read(self, line: bytes, kind: bytes | None, data: Data | None, events: list[Event]) -> tuple[bytes | None, Data | None]:
        """A line that is neither blank nor the only data of its event."""
        name, colon, value = line.partition(b":")
        if kind is PLAIN and data is not None:
            if line.startswith(b"<") and not data.startswith(b"<"):  # no line of JSON begins so: it is a web page behind it
                events.append((kind, data))
                return PLAIN, line
            if not colon or name not in _FIELDS:
                return kind, _joined(data, line)
            events.append((kind, data))
            kind = data = None
        value = value.removeprefix(b" ")
        if name == b"data":
            if data is not None:
                data = self._pass_on(kind, data, events)
            return kind, value if data is None else _joined(data, value)
        if name == b"event":
            return value or None, data if data is None else self._pass_on(kind, data, events)
        if self._is_whole is not None and line.lstrip().startswith(_PLAIN_BEGINNINGS):
            if data is not None:
                events.append((kind, data))
            return PLAIN, line
        return kind, data

    def _pass_on(self, kind: bytes | None, data: Data, events: list[Event]) -> Data | None:
        """What stays of the data: nothing where it is an event by itself. It is looked at once, for more lines don't make it one."""
        if type(data) is bytes and self._is_whole is not None:
            if self._is_whole(data):
                events.append((kind, data))
                return None
            return bytearray(data)
        return data


def _joined(data: Data, line: bytes) -> bytearray:
    joined = data if type(data) is bytearray else bytearray(data)
    joined += b"\n"
    joined += line
    return joined
