"""The `input` of a response as turns: https://platform.openai.com/docs/api-reference/responses/create."""

from __future__ import annotations

from typing import Any

from conversations.api import content, spoken, tools
from conversations.api.errors import ApiError
from conversations.api.fields import wrong
from conversations.api.spoken import Spoken
from conversations.providers.request import Turn


def read(given: Any, instructions: str) -> Spoken:
    """Raises ApiError, which names the item that is wrong."""
    if isinstance(given, str):
        given = [{"role": "user", "content": given}] if given else []
    turns: list[Turn] = []
    for number, item in enumerate(spoken.listed(given, "input", "item", or_text="a text, or ")):
        if (turn := _turn(item, f"input[{number}]")) is not None:
            _add(turns, turn)
    return spoken.with_instructions(turns, "input", instructions)


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
        case "item_reference":
            detail = "Items of earlier responses can’t be named here: send them as they are. (In the AI SDK: openai: { store: false }.)"
            raise ApiError(400, detail, param=f"{name}.type", code="unsupported_value")
    raise wrong(f"{name}.type", "one of message, function_call, function_call_output, reasoning")


def _message(item: dict[str, Any], name: str) -> Turn:
    if (turn := spoken.turn(item, f"{name}.content")) is not None:
        return turn
    if item.get("role") == "assistant":
        return Turn("assistant", content.text(item.get("content"), f"{name}.content"))
    raise wrong(f"{name}.role", "one of system, developer, user, assistant")


def _add(turns: list[Turn], turn: Turn) -> None:
    """Calls are items of their own here, and go with the assistant's message before them."""
    if turn.calls and turns and turns[-1].role == "assistant":
        turns[-1] = turns[-1]._replace(calls=(*turns[-1].calls, *turn.calls))
    else:
        turns.append(turn)
