"""What a response that is stored answers: the messages of its input, and what its request says beside them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from conversations.api import fields, parameters, tools
from conversations.api.errors import ApiError
from conversations.api.fields import Body, wrong
from conversations.commands.program_request import Earlier, ProgramRequest
from conversations.commands.questions import MAX_MESSAGE_CHARACTERS
from conversations.models import Message, User
from conversations.models.storable import fitting, fitting_json
from conversations.providers import tools as provided_tools

from . import input_items, sent_files, stored_messages
from .stored_messages import Kept

MOST_METADATA, LONGEST_NAME, LONGEST_VALUE = 16, 64, 512
"""As OpenAI takes them."""
MOST_BYTES = 256 * 1024
"""Of functions and format, which are kept with each answer."""


class Question(NamedTuple):
    """`messages` alternate, and the first and the last are the user's."""

    messages: Sequence[Kept]
    request: ProgramRequest

    def following(self, previous: Message | None) -> Question:
        """The same after an answer whose calls it gives results of. Raises ApiError where it doesn't."""
        return self._replace(messages=stored_messages.answered(self.messages, previous))


def asked_by(body: Body) -> Question:
    """Raises ApiError for all that a conversation of the page has no place for."""
    if body.get("store") is False:
        detail = "“background”, “previous_response_id” and “conversation” store the response: leave “store” out, or say true."
        raise ApiError(400, detail, param="store", code="unsupported_value")
    parameters.refuse_what_is_missing(body, max_tool_calls=None, top_logprobs=0)
    spoken = input_items.read(body.get("input"), fields.text(body, "instructions", longest=MAX_MESSAGE_CHARACTERS))
    request = ProgramRequest(
        fitting(spoken.system),
        parameters.of_responses(body),
        _metadata(body),
        functions(body),
        _format(body),
        fitting(fields.text(body, "previous_response_id", longest=LONGEST_NAME)),
        background=fields.flag(body, "background"),
    )
    return Question(stored_messages.of(spoken.turns), request)


async def kept(user: User, question: Question) -> dict[str, Any]:
    """What the command is given: the last message with its files, and those before it. Its files are stored. Raises ApiError."""
    files: list[list[uuid.UUID]] = [await sent_files.kept(user, message.files) for message in question.messages]
    *before, last = question.messages
    earlier = [Earlier(message.role, message.parts, held) for message, held in zip(before, files[:-1], strict=True)]
    return {"text": last.text, "files": files[-1], "asked": question.request._replace(results=last.results, earlier=earlier)}


def functions(body: Body) -> dict[str, Any]:
    """Those that the model may call, as they are kept with its answer. Raises ApiError."""
    given = tools.of(body, nested=False)
    return _bounded(provided_tools.responses(given), "tools") if given else {}


def _format(body: Body) -> dict[str, Any]:
    if parameters.schema_of_responses(body) is None:
        return {}
    return _bounded({"format": fields.mapping(fields.mapping(body, "text"), "format")}, "text")


def _bounded(value: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = fitting_json(value)
    if len(orjson.dumps(found)) > MOST_BYTES:
        raise ApiError(400, f"“{name}” has at most {MOST_BYTES // 1024} KiB where a response is stored.", param=name, code="invalid_value")
    return found


def _metadata(body: Body) -> dict[str, str]:
    given = fields.mapping(body, "metadata")
    for name, value in given.items():
        if not isinstance(value, str) or len(value) > LONGEST_VALUE or len(name) > LONGEST_NAME or len(given) > MOST_METADATA:
            raise wrong("metadata", f"at most {MOST_METADATA} texts of {LONGEST_VALUE} characters, by names of {LONGEST_NAME}")
    return {fitting(name): fitting(value) for name, value in given.items()}
