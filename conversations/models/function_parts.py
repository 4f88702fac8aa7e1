"""Calls of a program's functions in a message's parts, and their results in the next message's.

{"type": "tool_call", "id": "call_1", "name": "weather", "text": "{\\"city\\": \\"Rome\\"}"}   of the assistant; `text`: its arguments
{"type": "tool_result", "id": "call_1", "name": "weather", "text": "21 degrees"}          of the user; `id` and `name`: the call's
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

CALL, RESULT = "tool_call", "tool_result"
Part = dict[str, Any]


def calls(parts: Iterable[Part]) -> list[Part]:
    return [part for part in parts if part.get("type") == CALL]


def results(parts: Iterable[Part]) -> list[Part]:
    return [part for part in parts if part.get("type") == RESULT]


def call(call_id: str, name: str, arguments: str) -> Part:
    return {"type": CALL, "text": arguments, "id": call_id, "name": name}


def result(call_id: str, name: str, text: str) -> Part:
    return {"type": RESULT, "text": text, "id": call_id, "name": name}
