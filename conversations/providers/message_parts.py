"""The texts in a Chat Completions message or delta, wherever servers put them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from . import bounded_json
from .errors import ProviderError
from .parts import Kind

_THOUGHTS: Final = (
    "reasoning_content",
    "reasoning",
    "thinking",
    "reasoning_text",
    "thinking_content",
    "thought",
    "thoughts",
    "reasoning_details",
    "thinking_blocks",
)
_PART_TEXTS: Final = ("text", "thinking", "reasoning", "thought", "summary", "content")
_DEEPEST: Final = 6
_REASONING: Final = ("think", "thought", "reasoning", "summary")


def texts(message: dict[str, Any]) -> Iterator[tuple[Kind, str]]:
    """Kind and text of each, thoughts first. Servers repeat these under several names: the first that has some counts."""
    for name in _THOUGHTS:
        if (thought := message.get(name)) and (text := text_of(thought)):
            yield "reasoning", text
            break
    yield from content_parts(message.get("content"))
    if (refusal := message.get("refusal")) and (text := text_of(refusal)):
        yield "refusal", text


def content_parts(content: object) -> Iterator[tuple[Kind, str]]:
    """The same of a message's content: a string, null, or typed parts, some of which are thoughts."""
    if isinstance(content, str):
        if content:
            yield "text", content
        return
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, dict):
            label = bounded_json.word(part.get("type")).lower()
            kind: Kind = "reasoning" if label.startswith(_REASONING) else "refusal" if label == "refusal" else "text"
            if text := text_of(part.get("refusal") if kind == "refusal" else part):
                yield kind, text
        elif isinstance(part, str) and part:
            yield "text", part


def says_something(delta: object) -> bool:
    """Whether a delta brings more of the answer."""
    return isinstance(delta, dict) and (bool(delta.get("tool_calls")) or any(True for _ in texts(delta)))


def text_of(content: object, depth: int = 0) -> str:
    """The text in a piece of content: a string, null, an object, or a list of these. Raises ProviderError where it lies too deep."""
    if isinstance(content, str):
        return content
    if depth > _DEEPEST and content and isinstance(content, list | dict):
        raise ProviderError("provider", "The server sent an answer that is nested too deep to be one.")
    if isinstance(content, list):
        return "".join(text_of(part, depth + 1) for part in content)
    if isinstance(content, dict):
        return next((text for name in _PART_TEXTS if (text := text_of(content.get(name), depth + 1))), "")
    return ""
