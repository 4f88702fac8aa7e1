"""What a response that is stored answers: the messages of its input, and what its request says beside them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from conversations.api import fields, parameters
from conversations.api.errors import ApiError
from conversations.api.fields import Body, wrong
from conversations.commands.program_request import Earlier, ProgramRequest
from conversations.commands.questions import MAX_MESSAGE_CHARACTERS
from conversations.models import Role, User
from conversations.models.storable import fitting
from conversations.providers.request import Turn

from . import input_items, sent_files

MOST_MESSAGES = 200
MOST_METADATA, LONGEST_NAME, LONGEST_VALUE = 16, 64, 512
"""As OpenAI takes them."""


class Question(NamedTuple):
    """`turns` alternate, and the first and the last are the user's."""

    turns: Sequence[Turn]
    request: ProgramRequest


def asked_by(body: Body) -> Question:
    """Raises ApiError for all that a conversation of the page has no place for."""
    if body.get("store") is False:
        detail = "“background”, “previous_response_id” and “conversation” store the response: leave “store” out, or say true."
        raise ApiError(400, detail, param="store", code="unsupported_value")
    absent: dict[str, Any] = dict.fromkeys(("tools", "max_tool_calls"))
    parameters.refuse_what_is_missing(body, **absent, text={"format": {"type": "text"}}, top_logprobs=0, tool_choice="auto")
    spoken = input_items.read(body.get("input"), fields.text(body, "instructions", longest=MAX_MESSAGE_CHARACTERS))
    turns = _alternating(spoken.turns)
    return Question(turns, ProgramRequest(fitting(spoken.system), parameters.of_responses(body), _metadata(body)))


async def kept(user: User, question: Question) -> dict[str, Any]:
    """What the command is given: the last message with its files, and those before it. Its files are stored. Raises ApiError."""
    files: list[list[uuid.UUID]] = [await sent_files.kept(user, turn.files) for turn in question.turns]
    earlier = [Earlier(Role(turn.role), turn.text, held) for turn, held in zip(question.turns[:-1], files[:-1], strict=True)]
    return {"text": question.turns[-1].text, "files": files[-1], "asked": question.request._replace(earlier=earlier)}


def _alternating(turns: Sequence[Turn]) -> list[Turn]:
    """Messages of one role that follow each other are one. Raises ApiError."""
    found: list[Turn] = []
    for turn in turns:
        if turn.calls or turn.call_id:
            raise _no_place("calls of functions")
        if turn.role == "system":
            raise _no_place("instructions amid the messages")
        if not turn.text.strip() and not turn.files:
            raise ApiError(400, "A message that is stored says something.", param="input", code="invalid_value")
        if found and found[-1].role == turn.role:
            before = found[-1]
            text = "\n\n".join(filter(None, (before.text, fitting(turn.text))))
            found[-1] = before._replace(text=text, files=(*before.files, *turn.files))
        else:
            found.append(turn._replace(text=fitting(turn.text)))
    if found[0].role != "user" or found[-1].role != "user":
        raise ApiError(400, "The first and the last message of what is stored are the user’s.", param="input", code="unsupported_value")
    if len(found) > MOST_MESSAGES or any(len(turn.text) > MAX_MESSAGE_CHARACTERS for turn in found):
        detail = f"At most {MOST_MESSAGES} messages of {MAX_MESSAGE_CHARACTERS:,} characters are stored at once."
        raise ApiError(400, detail, param="input", code="invalid_value")
    return found


def _metadata(body: Body) -> dict[str, str]:
    given = fields.mapping(body, "metadata")
    for name, value in given.items():
        if not isinstance(value, str) or len(value) > LONGEST_VALUE or len(name) > LONGEST_NAME or len(given) > MOST_METADATA:
            raise wrong("metadata", f"at most {MOST_METADATA} texts of {LONGEST_VALUE} characters, by names of {LONGEST_NAME}")
    return {fitting(name): fitting(value) for name, value in given.items()}


def _no_place(what: str) -> ApiError:
    return ApiError(400, f"A conversation that is stored has no place for {what}.", param="input", code="unsupported_value")
