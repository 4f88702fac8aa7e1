"""Decodes server-sent events from bytes, by the WHATWG's specification, wherever the bytes are cut."""

_BOM = b"\xef\xbb\xbf"


class EventTooLarge(Exception):
    """The server sends something that never ends."""


class EventDecoder:
    """Feed it what arrives; it returns the events that are complete, as (event type or None, data)."""

    __slots__ = ("_after_cr", "_data", "_limit", "_line", "_line_size", "_start", "_type")

    def __init__(self, limit: int = 32 * 1024 * 1024) -> None:
        self._limit = limit
        self._start: bytes | None = b""  # the first bytes, until it is clear whether they are a byte order mark
        self._line: list[bytes] = []  # pieces of the line that has no end yet
        self._line_size = 0
        self._after_cr = False
        self._data: bytes | None = None
        self._type: bytes | None = None

    def feed(self, chunk: bytes) -> list[tuple[bytes | None, bytes]]:
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

    def _events(self, lines: list[bytes]) -> list[tuple[bytes | None, bytes]]:
        events: list[tuple[bytes | None, bytes]] = []
        kind, data = self._type, self._data
        for line in lines:
            if line.startswith(b"data: "):
                data = line[6:] if data is None else data + b"\n" + line[6:]
            elif not line:
                if data is not None:
                    events.append((kind, data))
                kind = data = None
            else:
                name, _, value = line.partition(b":")
                value = value.removeprefix(b" ")
                if name == b"data":
                    data = value if data is None else data + b"\n" + value
                elif name == b"event":
                    kind = value or None
        self._type, self._data = kind, data
        if data is not None and len(data) > self._limit:
            raise EventTooLarge
        return events
