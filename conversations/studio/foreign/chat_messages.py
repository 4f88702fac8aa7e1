"""What of a list of chat messages is a system prompt: the system's and developer's words. The others are told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from .found import Found, quoted

SYSTEM_ROLES = ("system", "developer")
ROLES = (*SYSTEM_ROLES, "user", "assistant", "human", "ai", "tool", "function", "placeholder")


class Said(NamedTuple):
    role: str
    content: Any
    """A text, or a list of parts."""


def take(found: Found, messages: Iterable[Said]) -> None:
    texts = []
    for number, message in enumerate(messages, 1):
        if message.role not in SYSTEM_ROLES:
            found.leave_out(f"message {number}, of the role {message.role} ({quoted(_text_of(message.content)[0])})")
            continue
        text, others = _text_of(message.content)
        texts.append(text)
        for other in others:
            found.leave_out(f"a part of message {number} that is no text ({quoted(other)})")
    found.text = "\n\n".join(texts)
    found.has_text = bool(texts)


def said(message: Any) -> Said:
    """As the OpenAI APIs write a message, or as Langfuse writes a placeholder in its place."""
    if not isinstance(message, dict):
        return Said("unknown", message)
    if message.get("type") == "placeholder":
        return Said("placeholder", str(message.get("name", "")))
    return Said(str(message.get("role", "unknown")), message.get("content", ""))


def are_messages(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) and ("role" in one or "type" in one) for one in value)


def _text_of(content: Any) -> tuple[str, list[Any]]:
    if isinstance(content, str):
        return content, []
    parts = content if isinstance(content, list) else [content]
    texts = [part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str)]
    others = [part for part in parts if not (isinstance(part, dict) and isinstance(part.get("text"), str))]
    return "".join(texts), others
