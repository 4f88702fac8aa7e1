"""The `input` of a response as turns: https://platform.openai.com/docs/api-reference/responses/create."""

from __future__ import annotations

from typing import Any, NamedTuple

from conversations.api import content, tools
from conversations.api.errors import ApiError
from conversations.api.fields import wrong
from conversations.providers.request import Turn

MAX_ITEMS = 2_000
INSTRUCTING = ("system", "developer")


class Spoken(NamedTuple):
    """What a caller sends: its own instructions, which come after the assistant's, and the turns."""

    system: str
    turns: list[Turn]


def read(given: Any, instructions: str) -> Spoken:
    """Raises ApiError, which names the item that is wrong."""
    if isinstance(given, str):
        given = [{"role": "user", "content": given}] if given else []
    if not isinstance(given, list) or not given:
        raise wrong("input", "a text, or a list of at least one item")
    if len(given) > MAX_ITEMS:
        raise wrong("input", f"a list of at most {MAX_ITEMS:,} items")
    turns: list[Turn] = []
    for number, item in enumerate(given):
        if (turn := _turn(item, f"input[{number}]")) is not None:
            _add(turns, turn)
    first = next((number for number, turn in enumerate(turns) if turn.role != "system"), len(turns))
    spoken = Spoken("\n\n".join(filter(None, (instructions, *(turn.text for turn in turns[:first])))), turns[first:])
    if not spoken.turns:
        raise ApiError(400, "“input” has instructions only: add a message of the role “user”.", param="input", code="invalid_value")
    return spoken


def _turn(item: Any, name: str) -> Turn | None:
    """None of what says nothing to another model."""
    if not isinstance(item, dict):
        raise wrong(name, "an object")
    match item.get("type", "message"):
        case "message":
            return _message(item, name)
        case "function_call":
            return Turn("assistant", "", calls=(tools.call(item.get("call_id"), item, f"{name}.", id_name="call_id"),))
        case "function_call_output":
            said, files = content.parts(item.get("output"), f"{name}.output")
            return Turn("user", said, tuple(files), call_id=tools.identified(item.get("call_id"), f"{name}.call_id"))
        case "reasoning":
            return None
    raise wrong(f"{name}.type", "one of message, function_call, function_call_output, reasoning")


def _message(item: dict[str, Any], name: str) -> Turn:
    role = item.get("role")
    if role in INSTRUCTING:
        return Turn("system", content.text(item.get("content"), f"{name}.content"))
    if role == "user":
        said, files = content.parts(item.get("content"), f"{name}.content")
        return Turn("user", said, tuple(files))
    if role == "assistant":
        return Turn("assistant", content.text(item.get("content"), f"{name}.content"))
    raise wrong(f"{name}.role", "one of system, developer, user, assistant")


def _add(turns: list[Turn], turn: Turn) -> None:
    """Calls are items of their own here, and go with the assistant's message before them."""
    if turn.calls and turns and turns[-1].role == "assistant":
        turns[-1] = turns[-1]._replace(calls=(*turns[-1].calls, *turn.calls))
    else:
        turns.append(turn)
