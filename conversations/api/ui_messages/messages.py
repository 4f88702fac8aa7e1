"""The AI SDK's messages as turns: https://ai-sdk.dev/docs/reference/ai-sdk-core/ui-message."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from conversations.api import content, fields, spoken, tools
from conversations.api.fields import wrong
from conversations.api.spoken import Spoken
from conversations.providers.request import Turn, TurnFile

from . import addresses

Part = dict[str, Any]

RESULTS = {"output-available": "output", "output-error": "errorText", "output-denied": ""}
"""States of a call that has ended, and the field that its result is in."""
DENIED = "The user did not allow this call."


def read(given: Any) -> Spoken:
    """Raises ApiError, which names the part that is wrong."""
    turns = [turn for name, message in named(given) for turn in _turns(message, name)]
    return spoken.with_instructions(turns, "messages")


def named(given: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each message with its name in the body. Raises ApiError."""
    for number, message in enumerate(spoken.listed(given, "messages", "message")):
        if not isinstance(message, dict):
            raise wrong(f"messages[{number}]", "an object")
        yield f"messages[{number}]", message


def text(message: dict[str, Any], name: str) -> str:
    """The text alone. Raises ApiError."""
    return "\n".join(fields.text(part, "text", within=f"{within}.") for within, part in _parts(message, name) if part["type"] == "text")


def results(message: dict[str, Any], name: str) -> list[tuple[str, str]]:
    """Of the calls in the last step of an assistant's message: each one's id, and what it gave back. Raises ApiError."""
    *_, step = _steps(_parts(message, name))
    return [
        (tools.identified(part.get("toolCallId"), f"{within}.toolCallId"), _result(part))
        for within, part in step
        if str(part.get("state")) in RESULTS and _function(part)
    ]


def files(message: dict[str, Any], name: str) -> list[TurnFile | uuid.UUID]:
    """Those of a message that is stored; an id, where it names one of this site by its address. Raises ApiError."""
    given = [(within, part) for within, part in _parts(message, name) if part["type"] == "file"]
    return [addresses.file_named(fields.text(part, "url", within=f"{within}.")) or _file(part, within) for within, part in given]


def _turns(message: dict[str, Any], name: str) -> list[Turn]:
    parts = _parts(message, name)
    match message.get("role"):
        case "system":
            return [Turn("system", _said(parts)[0])]
        case "user":
            said, files = _said(parts)
            return [Turn("user", said, tuple(files))]
        case "assistant":
            return [turn for step in _steps(parts) for turn in _of_step(step)]
    raise wrong(f"{name}.role", "one of system, user, assistant")


def _parts(message: dict[str, Any], name: str) -> list[tuple[str, Part]]:
    given = message.get("parts")
    if not isinstance(given, list) or not all(isinstance(part, dict) and isinstance(part.get("type"), str) for part in given):
        raise wrong(f"{name}.parts", "a list of parts, each with its type")
    return [(f"{name}.parts[{number}]", part) for number, part in enumerate(given)]


def _said(parts: Sequence[tuple[str, Part]]) -> tuple[str, list[TurnFile]]:
    """The text, its parts joined by line breaks, and the files. What a page keeps beside them, such as data and sources, says nothing."""
    texts: list[str] = []
    files: list[TurnFile] = []
    for name, part in parts:
        if part["type"] == "text":
            texts.append(fields.text(part, "text", within=f"{name}."))
        elif part["type"] == "file":
            files.append(_file(part, name))
    return "\n".join(texts), files


def _file(part: Part, name: str) -> TurnFile:
    url = fields.text(part, "url", within=f"{name}.")
    if fields.text(part, "mediaType", within=f"{name}.").startswith("image"):
        called = fields.text(part, "filename", within=f"{name}.")[: content.LONGEST_NAME]
        image = content.image(url, f"{name}.url")
        return image._replace(name=called) if called else image
    return content.document({"file_data": url, "filename": part.get("filename")}, name)


def _steps(parts: Sequence[tuple[str, Part]]) -> Iterator[list[tuple[str, Part]]]:
    """An assistant's message goes on after its calls have results: each of its answers is a step."""
    step: list[tuple[str, Part]] = []
    for name, part in parts:
        if part["type"] == "step-start":
            yield step
            step = []
        else:
            step.append((name, part))
    yield step


def _of_step(parts: Sequence[tuple[str, Part]]) -> list[Turn]:
    """What the assistant said and called, then the results. A call that has none was never carried out, and is left out."""
    said = _said([(name, part) for name, part in parts if part["type"] == "text"])[0]
    ended = [(name, part) for name, part in parts if str(part.get("state")) in RESULTS and _function(part)]
    calls = tuple(
        tools.call(
            part.get("toolCallId"), {"name": _function(part), "arguments": _json(part.get("input", {}))}, f"{name}.", id_name="toolCallId"
        )
        for name, part in ended
    )
    if not said and not calls:
        return []
    results = [Turn("user", _result(part), call_id=call.id) for call, (_, part) in zip(calls, ended, strict=True)]
    return [Turn("assistant", said, calls=calls), *results]


def _function(part: Part) -> str:
    """What a part calls; empty where it is no call."""
    if part["type"] == "dynamic-tool":
        return str(part.get("toolName", ""))
    prefix, _, name = part["type"].partition("-")
    return name if prefix == "tool" else ""


def _result(part: Part) -> str:
    field = RESULTS[part["state"]]
    if not field:
        return DENIED
    result = part.get(field)
    return result if isinstance(result, str) else _json(result)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
