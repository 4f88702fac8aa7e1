"""A conversation as Markdown, to be read: the branch that is shown, without reasoning unless it is the whole answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.utils.encoding import iri_to_uri

from conversations.generation.continuation.code_fences import open_fence
from conversations.models import Conversation, Message, Role, Status, function_parts
from conversations.providers import errors

from . import reading

ENDS = {
    Status.PENDING: "This answer was still being written.",
    Status.STREAMING: "This answer was still being written.",
    Status.STOPPED: "This answer was stopped.",
    Status.INTERRUPTED: "This answer broke off.",
}


def document(conversation: Conversation, paths: Mapping[str, str] | None = None) -> Iterator[str]:
    """The text, a message at a time. `paths`: where the files are that come with it, by their ids."""
    yield f"# {' '.join(conversation.title.split()) or 'New chat'}\n\nBegun on {_time(conversation.created)}\n"
    if conversation.variables:
        yield "\n" + "".join(f"- {name}: {_value(value)}\n" for name, value in conversation.variables.items())
    for message in reading.shown_branch(conversation):
        yield f"\n## {_speaker(message)}\n\n*{_facts(message)}*\n\n{_words(message, paths or {})}\n"


def _speaker(message: Message) -> str:
    if message.role == Role.USER:
        return "You" if message.answer or not function_parts.results(message.parts) else "Results"
    return message.prompt_version.prompt.name if message.prompt_version else "Answer"


def _facts(message: Message) -> str:
    return " · ".join(fact for fact in (_time(message.created), message.model) if fact)


def _words(message: Message, paths: Mapping[str, str]) -> str:
    files = "\n".join(_file(part, paths.get(str(part["file"]))) for part in message.parts if "file" in part)
    said = message.answer.rstrip()
    if fence := open_fence(said):
        said += f"\n{fence}"  # else what follows would be code, too
    end = ENDS.get(Status(message.status), "")
    if message.status == Status.FAILED:
        end = errors.sentence(message.error_kind) if message.error_kind else "The answer could not be made."
    called = map(_called, [*function_parts.calls(message.parts), *function_parts.results(message.parts)])
    cited = "\n".join(_source(source) for part in message.parts for source in part.get("sources", ()))
    remarks = (f"*{remark}*" for remark in (end, reading.note(message)) if remark)
    return "\n\n".join(part for part in (files, said, f"Sources:\n\n{cited}" if cited else "", *called, *remarks) if part)


def _file(part: dict[str, Any], path: str | None) -> str:
    name = _plain(str(part.get("name", "")))
    if path is None:
        return f"- {'Deleted file' if part.get('deleted') else 'Picture' if 'alt' in part else 'Attached file'}: {name}"
    return f"{'!' if part['type'] == 'image' else '- '}[{name}]({quote(path)})"


def _called(part: dict[str, Any]) -> str:
    """A call of a program's function, or what one gave back."""
    what = "Called" if part["type"] == function_parts.CALL else "Result of"
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", part["text"]))])
    return f"{what} {_plain(part['name'])}:\n\n{fence}\n{part['text']}\n{fence}"


def _source(source: dict[str, str]) -> str:
    """A page that an answer cites."""
    return f"- [{_plain(source['title'] or source['url'])}](<{iri_to_uri(source['url'])}>)"


def _plain(name: str) -> str:
    """A name, in which nothing is Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>#|!~&])", r"\\\1", name)


def _value(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else " ".join(str(value).split())


def _time(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
