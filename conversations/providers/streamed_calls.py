"""Tool calls as they are streamed: whose arguments a piece belongs to, and what each call is named."""

from __future__ import annotations

import uuid
from typing import Any

import orjson

from . import bounded_json
from .delta_buffer import DeltaBuffer
from .errors import ProviderError
from .parts import Call

MIXED = "The server mixed the arguments of several tool calls."
MOST_CALLS = 1_000
"""Of one answer."""


class StreamedCalls:
    """Adds calls to `deltas`, one after the other, each with its name before its arguments. A call without arguments has `{}`."""

    __slots__ = ("_deltas", "_held", "_key", "_keys", "_name", "_said_id")

    def __init__(self, deltas: DeltaBuffer) -> None:
        self._deltas = deltas
        self._keys: set[object] = set()
        """Of all calls that have begun. The server's own: an index, or an id."""
        self._key: object = None
        """Of the call that goes on."""
        self._said_id = self._name = ""
        self._held = False
        """None of its arguments have come, and it isn't told yet."""

    @property
    def are_none(self) -> bool:
        return not self._keys

    def has(self, key: object) -> bool:
        return key in self._keys

    @property
    def is_held(self) -> bool:
        """Whether a call has begun of which nothing is in the deltas yet."""
        return self._held

    def is_untold(self, key: object) -> bool:
        """Whether it is this one."""
        return self._held and key == self._key

    def take_up(self, key: object) -> None:
        """This call was told before, by another stream."""
        self._keys.add(key)
        self._key = key

    def begin(self, key: object, call_id: object, name: object) -> None:
        """A call begins."""
        self.end()
        if len(self._keys) >= MOST_CALLS:
            raise ProviderError("provider", f"The answer calls more than {MOST_CALLS:,} tools.")
        self._keys.add(key)
        self._key, self._held = key, True
        self._said_id, self._name = bounded_json.word(call_id), bounded_json.word(name)

    def more(self, key: object, arguments: object) -> None:
        """More of a call's arguments. Raises ProviderError where it isn't the one that began last."""
        text = arguments if isinstance(arguments, str) else "" if arguments is None else orjson.dumps(arguments).decode()
        if not text:
            return
        if key != self._key:
            raise ProviderError("provider", MIXED)
        self._add(text)

    def end(self) -> None:
        """No more of the call comes that began last."""
        if self._held:
            self._add("{}")

    def read(self, calls: object) -> None:
        """What one delta of Chat Completions says of calls."""
        for call in calls if isinstance(calls, list) else []:
            if isinstance(call, dict):
                function = call.get("function")
                self._read(call, function if isinstance(function, dict) else {})

    def _read(self, call: dict[str, Any], function: dict[str, Any]) -> None:
        # Some servers leave out the number, or give all calls the same one. Others repeat the id and name with each piece.
        number, call_id, name = call.get("index"), bounded_json.word(call.get("id")), bounded_json.word(function.get("name"))
        number = number if type(number) is int else None
        if self._key is None:
            is_new = True
        elif call_id and self._said_id:
            is_new = call_id != self._said_id
        elif number is not None:
            is_new = number != self._key
        else:
            is_new = bool(name) and not self._held
        if is_new:
            if number is not None and not call_id and number in self._keys:
                raise ProviderError("provider", MIXED)
            self.begin(len(self._keys) if number is None else number, call_id, name)
        elif self._held:
            self._said_id = self._said_id or call_id
            self._name += name if name != self._name else ""
        self.more(self._key, function.get("arguments"))

    def _add(self, text: str) -> None:
        call = Call(self._said_id or f"call_{uuid.uuid4().hex}", self._name) if self._held else None
        self._held = False
        self._deltas.add("tool_call", text, call)
