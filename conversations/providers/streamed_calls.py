"""Tool calls as they are streamed: whose arguments a piece belongs to, and what each call is named."""

from __future__ import annotations

import uuid
from typing import Any

import orjson

from . import bounded_json
from .delta_buffer import DeltaBuffer
from .errors import ProviderError
from .parts import Call

MIXED = "The server went on with a tool call after its end."
MOST_CALLS = 1_000
"""Of one answer."""
MOST_WAITING = 4_000_000
"""Characters of arguments that wait for an earlier call's."""


class _Streamed:
    """One call. `pieces`: of its arguments; empty where those that came before are unknown."""

    __slots__ = ("is_over", "is_told", "key", "name", "pieces", "said_id")

    def __init__(self, key: object, call_id: str, name: str) -> None:
        self.key, self.said_id, self.name = key, call_id, name
        self.pieces: list[str] = []
        self.is_told = self.is_over = False

    @property
    def is_whole(self) -> bool:
        """Whether its arguments can't go on: they are a whole object."""
        if self.is_over or not self.pieces or not self.pieces[-1].rstrip().endswith("}"):
            return self.is_over
        try:
            return isinstance(orjson.loads("".join(self.pieces)), dict)
        except orjson.JSONDecodeError:
            return False


class StreamedCalls:
    """Adds calls to `deltas`, one after the other, each with its name before its arguments. A call without arguments has `{}`.

    A server may send arguments of several calls by turns: those of later ones wait until the earlier one is whole.
    """

    __slots__ = ("_at", "_calls", "_deltas", "_waiting")

    def __init__(self, deltas: DeltaBuffer) -> None:
        self._deltas = deltas
        self._calls: list[_Streamed] = []
        self._at = 0
        """The place of the call that goes on; those after it wait."""
        self._waiting = 0

    @property
    def are_none(self) -> bool:
        return not self._calls

    def has(self, key: object) -> bool:
        return self._find(key) is not None

    @property
    def current(self) -> object:
        """The server's own name for the call that goes on: an index, or an id."""
        return self._calls[self._at].key if self._at < len(self._calls) else None

    @property
    def is_held(self) -> bool:
        """Whether something of a call has come that isn't in the deltas yet."""
        return any(not call.is_told for call in self._calls[self._at :])

    def is_untold(self, key: object) -> bool:
        """Whether it has begun, without arguments."""
        call = self._find(key)
        return call is not None and not call.is_told and not call.pieces

    def take_up(self, key: object) -> None:
        """This call was told before, by another stream."""
        call = _Streamed(key, "", "")
        call.is_told = True
        self._calls.append(call)

    def begin(self, key: object, call_id: object, name: object) -> None:
        """A call begins."""
        if len(self._calls) >= MOST_CALLS:
            raise ProviderError("provider", f"The answer calls more than {MOST_CALLS:,} tools.")
        for call in self._calls:
            call.is_over |= call.is_told and not call.pieces  # taken up: what it said before isn't known
        self._calls.append(_Streamed(key, bounded_json.word(call_id), bounded_json.word(name)))
        self._go_on()

    def more(self, key: object, arguments: object) -> None:
        """More of a call's arguments. Raises ProviderError where it has not begun, or is over."""
        text = arguments if isinstance(arguments, str) else "" if arguments is None else orjson.dumps(arguments).decode()
        if not text:
            return
        call = self._find(key)
        if call is None:
            raise ProviderError("provider", MIXED)
        self._more(call, text)

    def over(self, key: object, arguments: object) -> None:
        """A call is over. `arguments`: all of them, where none came before."""
        if self.is_untold(key):
            self.more(key, arguments)
        if (call := self._find(key)) is not None:
            call.is_over = True
            self._go_on()

    def end(self) -> None:
        """No more comes of any call."""
        for call in self._calls:
            call.is_over = True
        if self._calls:
            self._go_on()

    def read(self, calls: object) -> None:
        """What one delta of Chat Completions says of calls."""
        for call in calls if isinstance(calls, list) else []:
            if isinstance(call, dict):
                function = call.get("function")
                self._read(call, function if isinstance(function, dict) else {})

    def _read(self, piece: dict[str, Any], function: dict[str, Any]) -> None:
        number, call_id, name = piece.get("index"), bounded_json.word(piece.get("id")), bounded_json.word(function.get("name"))
        number = number if type(number) is int else None
        call = self._meant(number, call_id, name)
        if call is None:
            self.begin(len(self._calls) if number is None else number, call_id, name)
            call = self._calls[-1]
        elif not call.pieces:
            call.said_id = call.said_id or call_id
            call.name += name if name != call.name else ""
        arguments = function.get("arguments")
        text = arguments if isinstance(arguments, str) else "" if arguments is None else orjson.dumps(arguments).decode()
        if text:
            self._more(call, text)

    def _meant(self, number: int | None, call_id: str, name: str) -> _Streamed | None:
        """The call that a piece goes on with; None: it begins one.

        Some servers leave out the number, or give all calls the same one. Others repeat the id and name with each piece.
        """
        last = self._calls[-1] if self._calls else None
        numbered = last if number is None else self._find(number)
        if call_id:
            known = next((call for call in reversed(self._calls) if call.said_id == call_id), None)
            return known or (numbered if numbered is not None and not numbered.said_id and not numbered.is_told else None)
        if number is None and last is not None and name and last.pieces:
            return None
        return numbered

    def _find(self, key: object) -> _Streamed | None:
        """The last one with this key."""
        return next((call for call in reversed(self._calls) if call.key == key), None)

    def _more(self, call: _Streamed, text: str) -> None:
        call.pieces.append(text)
        if call is self._calls[self._at]:
            self._add(call, text)
            if self._at < len(self._calls) - 1:
                self._go_on()
            return
        self._waiting += len(text)
        if call.is_told or call.is_over or self._waiting > MOST_WAITING:
            raise ProviderError("provider", MIXED)

    def _go_on(self) -> None:
        """To the first call that isn't whole, or else the last one."""
        while True:
            call = self._calls[self._at]
            if not call.is_told and (call.pieces or call.is_over):
                self._add(call, "".join(call.pieces) or "{}")
            if self._at == len(self._calls) - 1 or not call.is_whole:
                return
            self._at += 1

    def _add(self, call: _Streamed, text: str) -> None:
        begins = None if call.is_told else Call(call.said_id or f"call_{uuid.uuid4().hex}", call.name)
        call.is_told = True
        self._deltas.add("tool_call", text, begins)
