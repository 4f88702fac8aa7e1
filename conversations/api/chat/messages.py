"""The `messages` of Chat Completions as turns: https://platform.openai.com/docs/api-reference/chat/create."""

from __future__ import annotations

from typing import Any, NamedTuple

from conversations.api import content, fields, tools
from conversations.api.errors import ApiError
from conversations.api.fields import wrong
from conversations.providers.request import Turn

MAX_MESSAGES = 2_000
INSTRUCTING = ("system", "developer")


class Spoken(NamedTuple):
    """What a caller sends: its own instructions, which come after the assistant's, and the turns."""

    system: str
    turns: list[Turn]


def read(messages: Any) -> Spoken:
    """Raises ApiError, which names the message that is wrong."""
    if not isinstance(messages, list) or not messages:
        raise wrong("messages", "a list of at least one message")
    if len(messages) > MAX_MESSAGES:
        raise wrong("messages", f"a list of at most {MAX_MESSAGES:,} messages")
    turns = [_turn(message, f"messages[{number}].") for number, message in enumerate(messages)]
    first = next((number for number, turn in enumerate(turns) if turn.role != "system"), len(turns))
    spoken = Spoken("\n\n".join(turn.text for turn in turns[:first] if turn.text), turns[first:])
    if not spoken.turns:
        raise ApiError(400, "“messages” has instructions only: add a message of the role “user”.", param="messages", code="invalid_value")
    return spoken


def _turn(message: Any, within: str) -> Turn:
    if not isinstance(message, dict):
        raise wrong(within.rstrip("."), "an object")
    role = message.get("role")
    if role in INSTRUCTING:
        return Turn("system", content.text(message.get("content"), f"{within}content"))
    if role == "user":
        said, files = content.parts(message.get("content"), f"{within}content")
        return Turn("user", said, tuple(files))
    if role == "assistant":
        said = fields.text(message, "refusal", within=within) if message.get("content") is None else ""
        said = said or content.text(message.get("content"), f"{within}content")
        return Turn("assistant", said, calls=tools.calls(message.get("tool_calls"), f"{within}tool_calls"))
    if role == "tool":
        said, files = content.parts(message.get("content"), f"{within}content")
        return Turn("user", said, tuple(files), call_id=tools.identified(message.get("tool_call_id"), f"{within}tool_call_id"))
    raise wrong(f"{within}role", "one of system, developer, user, assistant, tool")
