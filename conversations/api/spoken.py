"""What a program sends as the conversation so far, in what both APIs have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from conversations.providers.request import Turn

from . import content
from .errors import ApiError
from .fields import wrong

MOST = 2_000
"""Messages, or items."""


class Spoken(NamedTuple):
    """What a caller sends: its own instructions, which come after the assistant's, and the turns."""

    system: str
    turns: list[Turn]


def listed(given: Any, name: str, what: str, *, or_text: str = "") -> list[Any]:
    """The list of messages or items. Raises ApiError where it is none, empty, or too long. `what`: such as “message”."""
    if not isinstance(given, list) or not given:
        raise wrong(name, f"{or_text}a list of at least one {what}")
    if len(given) > MOST:
        raise wrong(name, f"a list of at most {MOST:,} {what}s")
    return given


def with_instructions(turns: Sequence[Turn], name: str, instructions: str = "") -> Spoken:
    """The instructions at the beginning go together, after `instructions`. Raises ApiError where there is nothing else."""
    first = next((number for number, turn in enumerate(turns) if turn.role != "system"), len(turns))
    if first == len(turns):
        raise ApiError(400, f"“{name}” has instructions only: add a message of the role “user”.", param=name, code="invalid_value")
    return Spoken("\n\n".join(filter(None, (instructions, *(turn.text for turn in turns[:first])))), list(turns[first:]))


def turn(message: Mapping[str, Any], name: str) -> Turn | None:
    """A message of a role that instructs or asks; None for all others. Raises ApiError. `name`: of its content."""
    role = message.get("role")
    if role in ("system", "developer"):
        return Turn("system", content.text(message.get("content"), name))
    if role == "user":
        said, files = content.parts(message.get("content"), name)
        return Turn("user", said, tuple(files))
    return None
