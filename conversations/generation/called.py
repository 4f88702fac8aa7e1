"""Calls of functions in a conversation, as providers are given them: each together with its result, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.models import function_parts
from conversations.providers.request import Turn
from conversations.providers.tools import ToolCall
from conversations.usage.ledger.token_estimate import tokens_read

from .attached import Said

Message = tuple[Said, Turn]
"""A message, and its turn so far: its text and files."""


def tokens(said: Said) -> int:
    """Estimated, of what a message calls, and of the results in it."""
    parts = [*function_parts.calls(said.parts), *function_parts.results(said.parts)]
    return sum(tokens_read(f"{part['name']}{part['text']}") for part in parts)


def begins(said: Said) -> bool:
    """Whether a conversation may begin with this message: it is the user's own, and no results of calls that came before."""
    return said.role == "user" and not function_parts.results(said.parts)


def paired(messages: Sequence[Message]) -> list[Turn]:
    """The turns, oldest first. Calls whose results don't follow, and results without their calls, are left out: providers refuse both."""
    turns: list[Turn] = []
    open_calls: tuple[ToolCall, ...] = ()
    for number, (said, turn) in enumerate(messages):
        results = {part["id"]: str(part["text"]) for part in function_parts.results(said.parts)}
        turns += [Turn("user", results[call.id], call_id=call.id) for call in open_calls if call.id in results]
        following = messages[number + 1][0].parts if number + 1 < len(messages) else ()
        open_calls = _answered(said, {part["id"] for part in function_parts.results(following)})
        turns.append(turn._replace(calls=open_calls) if open_calls else turn)
    return turns


def _answered(said: Said, results: set[str]) -> tuple[ToolCall, ...]:
    found = {part["id"]: part for part in function_parts.calls(said.parts) if part["id"] in results}
    return tuple(ToolCall(part["id"], part["name"], part["text"]) for part in found.values())
