"""The `messages` of Chat Completions as turns: https://platform.openai.com/docs/api-reference/chat/create."""

from __future__ import annotations

from typing import Any

from conversations.api import content, fields, spoken, tools
from conversations.api.fields import wrong
from conversations.api.spoken import Spoken
from conversations.providers.request import Turn


def read(messages: Any) -> Spoken:
    """Raises ApiError, which names the message that is wrong."""
    turns = [_turn(message, f"messages[{number}].") for number, message in enumerate(spoken.listed(messages, "messages", "message"))]
    return spoken.with_instructions(turns, "messages")


def _turn(message: Any, within: str) -> Turn:
    if not isinstance(message, dict):
        raise wrong(within.rstrip("."), "an object")
    if (turn := spoken.turn(message, f"{within}content")) is not None:
        return turn
    role = message.get("role")
    if role == "assistant":
        said = fields.text(message, "refusal", within=within) if message.get("content") is None else ""
        said = said or content.text(message.get("content"), f"{within}content")
        return Turn("assistant", said, calls=tools.calls(message.get("tool_calls"), f"{within}tool_calls"))
    if role == "tool":
        said, files = content.parts(message.get("content"), f"{within}content")
        return Turn("user", said, tuple(files), call_id=tools.identified(message.get("tool_call_id"), f"{within}tool_call_id"))
    raise wrong(f"{within}role", "one of system, developer, user, assistant, tool")
