"""What of a list of chat messages is a prompt of ours: the words of system and developer, and example messages. The others are told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from conversations.studio.bounds import MAX_EXAMPLE_CHARACTERS, MAX_EXAMPLES
from conversations.studio.checks import plain

from .found import Found, quoted

SYSTEM_ROLES = ("system", "developer")
ROLES = (*SYSTEM_ROLES, "user", "assistant", "human", "ai", "tool", "function", "placeholder")


SPEAKERS = {"user": "user", "human": "user", "assistant": "assistant", "ai": "assistant"}


class Said(NamedTuple):
    role: str
    content: Any
    """A text, or a list of parts."""


def take(found: Found, messages: Iterable[Said]) -> None:
    listed = list(messages)
    examples = _examples(listed)
    found.examples = [example for pair in examples.values() for example in pair]
    texts = []
    for number, message in enumerate(listed, 1):
        if number in examples or number - 1 in examples:
            continue
        if message.role not in SYSTEM_ROLES:
            found.leave_out(f"message {number}, of the role {message.role} ({quoted(_text_of(message.content)[0])})")
            continue
        text, others = _text_of(message.content)
        texts.append(text)
        for other in others:
            found.leave_out(f"a part of message {number} that is no text ({quoted(other)})")
    found.text = "\n\n".join(texts)
    found.has_text = bool(texts)


def _examples(messages: list[Said]) -> dict[int, list[dict[str, str]]]:
    """What a user asked and what the assistant answered, by the question's number: from the first message on that isn't the system's, as
    long as they take turns. A last question without an answer is where the conversation begins, and no example.
    """
    found: dict[int, list[dict[str, str]]] = {}
    number = next((number for number, one in enumerate(messages) if one.role not in SYSTEM_ROLES), len(messages))
    while number + 1 < len(messages) and len(found) < MAX_EXAMPLES // 2:
        pair = [_example(one) for one in messages[number : number + 2]]
        if [one and one["role"] for one in pair] != ["user", "assistant"]:
            break
        found[number + 1] = [one for one in pair if one]
        number += 2
    return found


def _example(message: Said) -> dict[str, str] | None:
    text, others = _text_of(message.content)
    text = plain(text)
    fits = message.role in SPEAKERS and text.strip() and not others and len(text) <= MAX_EXAMPLE_CHARACTERS
    return {"role": SPEAKERS[message.role], "text": text} if fits else None


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
