"""What a program asks for with a stored reply beside its parameters: functions that the model may call, and a format of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.models import Message
from conversations.providers import tools
from conversations.providers.tools import Tools


def functions(reply: Message) -> Tools | None:
    """Those that the model may call."""
    kept = reply.asked.get("tools")
    return tools.of_responses(kept) if kept else None


def output_schema(reply: Message) -> Mapping[str, Any] | None:
    """The JSON schema that the answer follows: the program's counts before the assistant's."""
    given: Mapping[str, Any] = reply.asked.get("text", {}).get("format", {})
    match given.get("type"):
        case "json_schema":
            schema: Mapping[str, Any] = given["schema"]
            return schema
        case "json_object":
            return {"type": "object"}
    version = reply.prompt_version
    return version.output_schema if version else None
