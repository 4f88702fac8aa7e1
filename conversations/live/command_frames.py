"""The commands that a socket takes: JSON text frames, checked and typed. What goes the other way is built in `broadcast.frames`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

VERSION = "1"
MAX_FRAME_CHARACTERS = 900 * 1024
"""The longest message fits, every character of it escaped."""

MAX_VALUES = 100


@dataclass(frozen=True, slots=True)
class Command:
    type: str
    id: uuid.UUID | None
    fields: dict[str, Any]


class BadFrame(Exception):
    """Not a command. Carries the frame's id where it had a readable one."""

    def __init__(self, code: str, detail: str, request_id: uuid.UUID | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.request_id = code, detail, request_id


Read = Callable[[dict[str, Any], str, uuid.UUID | None], Any]
"""Reads a field by its name, of a frame with this id. Raises BadFrame."""


def parse(frame: str | bytes | None) -> Command:
    """The command in one frame. Raises BadFrame."""
    return parse_as(_FIELDS, frame)


def parse_as(known: Mapping[str, Mapping[str, Read]], frame: str | bytes | None) -> Command:
    """The command in one frame, which is one of those that are `known`, with their fields. Raises BadFrame."""
    if not isinstance(frame, str):
        raise BadFrame("bad_frame", "Commands are JSON objects in text frames.")
    content = _object(frame)
    if content is None:
        raise BadFrame("bad_frame", "That frame is not a JSON object.")
    request_id = _uuid(content.get("id"))
    if len(frame) > MAX_FRAME_CHARACTERS:
        raise too_large(len(frame), request_id)
    kind = content.get("type")
    if not isinstance(kind, str) or kind not in known:
        raise BadFrame("unknown_command", "The server doesn’t know that command. Reload the page.", request_id)
    if request_id is None and kind not in _WITHOUT_ID:
        raise BadFrame("bad_frame", "A command needs an id: a UUID that the client makes.")
    return Command(kind, request_id, {name: read(content, name, request_id) for name, read in known[kind].items()})


def too_large(size: int, request_id: uuid.UUID | None) -> BadFrame:
    """Of a frame with so many characters or bytes."""
    detail = f"That is too long to be sent: {size / 1024:,.0f} KiB, and at most {MAX_FRAME_CHARACTERS // 1024} are taken."
    return BadFrame("too_large", f"{detail} Shorten it or send it in pieces.", request_id)


def unread(oversized: dict[str, Any]) -> BadFrame:
    """Of a frame that the server passed over, of which its size and what looks like its id are known."""
    return too_large(oversized["bytes"], _uuid(oversized["request_id"]))


def id_of(frame: str | bytes | None) -> uuid.UUID | None:
    """The id in a frame that is refused unread."""
    content = _object(frame) if isinstance(frame, str) and len(frame) < 64 * 1024 else None
    return _uuid(content.get("id")) if content else None


def _object(frame: str) -> dict[str, Any] | None:
    try:
        content = orjson.loads(frame)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _uuid(value: object) -> uuid.UUID | None:
    try:
        return uuid.UUID(value) if isinstance(value, str) and len(value) <= 45 else None
    except ValueError:
        return None


def _key(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> uuid.UUID:
    key = _uuid(content.get(name))
    if key is None:
        raise BadFrame("bad_frame", f"“{name}” must be an id.", request_id)
    return key


def optional_key(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> uuid.UUID | None:
    return None if content.get(name) is None else _key(content, name, request_id)


def _text(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> str:
    if not isinstance(text := content.get(name), str):
        raise BadFrame("bad_frame", f"“{name}” must be text.", request_id)
    return text


def optional_text(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> str | None:
    text = None if content.get(name) is None else _text(content, name, request_id)
    if text is not None and len(text) > 200:
        raise BadFrame("bad_frame", f"“{name}” is too long.", request_id)
    if text is not None and "\x00" in text:
        raise BadFrame("bad_frame", f"“{name}” has a character that no database stores.", request_id)
    return text or None


def _choice(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> str | None:
    """As an optional text, but an empty one says something else than none."""
    return "" if content.get(name) == "" else optional_text(content, name, request_id)


def values(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> dict[str, Any] | None:
    """Texts, numbers, and yes or no, by name. What they may be for which prompt is checked where that is known."""
    values = content.get(name)
    if values is None:
        return None
    if not isinstance(values, dict) or len(values) > MAX_VALUES:
        raise BadFrame("bad_frame", f"“{name}” must be an object of at most {MAX_VALUES} values.", request_id)
    if not all(value is None or isinstance(value, str | int | float | bool) for value in values.values()):
        raise BadFrame("bad_frame", f"Each of “{name}” must be a text, a number, true or false.", request_id)
    return values


def _keys(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> list[uuid.UUID]:
    given = content.get(name) or []
    if not isinstance(given, list) or len(given) > MAX_VALUES:
        raise BadFrame("bad_frame", f"“{name}” must be a list of at most {MAX_VALUES} ids.", request_id)
    keys = [key for one in given if (key := _uuid(one)) is not None]
    if len(keys) < len(given):
        raise BadFrame("bad_frame", f"Each of “{name}” must be an id.", request_id)
    return keys


def _optional_keys(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> list[uuid.UUID] | None:
    """As a list of ids, but an empty one says something else than none at all."""
    return None if content.get(name) is None else _keys(content, name, request_id)


def _object_of_words(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> dict[str, Any] | None:
    """Words and numbers by name, in which all of a picture is said. What they may be is checked where that is known."""
    given = values(content, name, request_id)
    if given is not None and not all(isinstance(value, str | int) and len(str(value)) <= 200 for value in given.values()):
        raise BadFrame("bad_frame", f"Each of “{name}” must be a word or a whole number.", request_id)
    return given


_WITHOUT_ID = {"watch", "unwatch", "stop", "ping"}
_FIELDS: dict[str, dict[str, Read]] = {
    "watch": {"conversation": _key},
    "unwatch": {"conversation": _key},
    "send": {
        "conversation": optional_key,
        "parent": optional_key,
        "text": _text,
        "attachments": _keys,
        "prompt": optional_text,
        "model": _choice,
        "effort": _choice,
        "variables": values,
        "picture": _object_of_words,
    },
    "edit": {"message": _key, "text": _text, "attachments": _optional_keys, "model": _choice, "effort": _choice},
    "regenerate": {"message": _key, "model": _choice, "effort": _choice},
    "continue": {"message": _key},
    "stop": {"message": _key},
    "ping": {},
}
