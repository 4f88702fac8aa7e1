"""The turns of a stored response's input as messages of a conversation: of user and assistant by turns, with calls of functions in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from conversations.api.errors import ApiError
from conversations.commands.questions import MAX_MESSAGE_CHARACTERS
from conversations.models import Message, Role, Status, function_parts, text_part
from conversations.models.storable import fitting
from conversations.providers.request import Turn, TurnFile

MOST_MESSAGES = 200
MOST_CALLED_CHARACTERS = 400_000
"""Of the arguments or results in one message."""


class Kept(NamedTuple):
    """One message. `calls` of an assistant and `results` of a user are parts."""

    role: Role
    text: str
    files: tuple[TurnFile, ...] = ()
    calls: tuple[dict[str, Any], ...] = ()
    results: tuple[dict[str, Any], ...] = ()

    @property
    def parts(self) -> list[dict[str, Any]]:
        """But for those of its files."""
        return [*self.results, *([text_part(self.text)] if self.text else []), *self.calls]

    def joined(self, following: Kept) -> Kept:
        """Both as one message."""
        text = "\n\n".join(filter(None, (self.text, following.text)))
        more = (self.files + following.files, self.calls + following.calls, self.results + following.results)
        return Kept(self.role, text, *more)


def of(turns: Sequence[Turn]) -> list[Kept]:
    """Messages of one role that follow each other are one; the first and the last are the user's. Raises ApiError."""
    found: list[Kept] = []
    for turn in turns:
        message = _kept(turn)
        if found and found[-1].role == message.role:
            found[-1] = found[-1].joined(message)
        else:
            found.append(message)
    if found[0].role != Role.USER or found[-1].role != Role.USER:
        raise _refused("The first and the last message of what is stored are the user’s.", "unsupported_value")
    if len(found) > MOST_MESSAGES or any(len(message.text) > MAX_MESSAGE_CHARACTERS for message in found):
        raise _refused(f"At most {MOST_MESSAGES} messages of {MAX_MESSAGE_CHARACTERS:,} characters are stored at once.")
    return found


def answered(messages: Sequence[Kept], previous: Message | None) -> list[Kept]:
    """With the functions' names at their results. Raises ApiError where a call has no result in the next message, or a result no call,
    and where they are too long.

    `previous`: the answer that they follow. What broke off in it needs no results.
    """
    calls: Sequence[dict[str, Any]] = function_parts.calls(previous.parts) if previous is not None else ()
    is_whole = previous is not None and previous.status == Status.COMPLETE
    named: list[Kept] = []
    for message in messages:
        if sum(len(part["text"]) for part in (*message.calls, *message.results)) > MOST_CALLED_CHARACTERS:
            raise _refused(f"Arguments and results of functions have at most {MOST_CALLED_CHARACTERS:,} characters in one message.")
        results = _matched(message.results, calls, is_whole=is_whole) if message.role == Role.USER else ()
        named.append(message._replace(results=results))
        calls, is_whole = message.calls, True
    return named


def _matched(results: Sequence[dict[str, Any]], calls: Sequence[dict[str, Any]], *, is_whole: bool) -> tuple[dict[str, Any], ...]:
    names: dict[str, str] = {part["id"]: part["name"] for part in calls}
    given = {part["id"]: part for part in results}
    if unknown := next((key for key in given if key not in names), None):
        raise _refused(f"No tool call found for function call output with call_id {unknown[:100]}.")
    if missing := next((key for key in names if is_whole and key not in given), None):
        raise _refused(f"No tool output found for function call {missing[:100]}.")
    return tuple(function_parts.result(key, names[key], part["text"]) for key, part in given.items())


def _kept(turn: Turn) -> Kept:
    if turn.role == "system":
        raise _refused("A conversation that is stored has no place for instructions amid the messages.", "unsupported_value")
    if turn.call_id and turn.files:
        raise _refused("A function’s result that is stored is text: there is no place for its files.", "unsupported_value")
    if turn.call_id:
        return Kept(Role.USER, "", results=(function_parts.result(fitting(turn.call_id), "", fitting(turn.text)),))
    if not turn.text.strip() and not turn.files and not turn.calls:
        raise _refused("A message that is stored says something.")
    calls = tuple(function_parts.call(fitting(id_), name, fitting(arguments)) for id_, name, arguments in turn.calls)
    return Kept(Role(turn.role), fitting(turn.text), turn.files, calls)


def _refused(detail: str, code: str = "invalid_value") -> ApiError:
    return ApiError(400, detail, param="input", code=code)
