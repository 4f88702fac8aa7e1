"""The frames of a page on which prompts are tried: the commands that are read, and what is told of a trial. See docs/protocol.md."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from conversations.broadcast import frames
from conversations.broadcast.frames import Frame
from conversations.commands.questions import MAX_MESSAGE_CHARACTERS
from conversations.generation.unstored_answer import Ended
from conversations.models import parameters
from conversations.providers import errors
from conversations.providers.errors import ProviderError
from conversations.providers.request import Turn
from conversations.studio.bounds import MAX_MODEL_CHARACTERS, TEXT_LENGTH
from conversations.studio.wording_fields import FIELDS

from .command_frames import BadFrame, Command, parse_as

MAX_TURNS = 400


def parse(frame: str | bytes | None) -> Command:
    """The command in one frame. Raises BadFrame."""
    return parse_as(_FIELDS, frame)


def delta(trial: uuid.UUID, kind: str, text: str) -> Frame:
    return {"type": "delta", "trial": trial, "kind": kind, "text": text}


def snapshot(trial: uuid.UUID, parts: list[dict[str, Any]]) -> Frame:
    """What it has said so far was read differently: some of it turned out to be reasoning."""
    return {"type": "snapshot", "trial": trial, "parts": parts}


def retrying(trial: uuid.UUID, kind: str, seconds: float, *, begun: bool) -> Frame:
    told = frames.retrying(trial, trial, kind, seconds, begun=begun)
    return {"type": "retrying", "trial": trial, **{name: told[name] for name in ("kind", "detail", "seconds")}}


def ended(trial: uuid.UUID, end: Ended) -> Frame:
    return {
        "type": "ended",
        "trial": trial,
        "status": end.status.value,
        "error": _error(end.error) if end.error else None,
        "finish_reason": end.finish_reason,
        "model": end.model,
        "note": end.note or None,
        "usage": end.usage,
        "cost": None if end.cost is None else str(end.cost),
        "first_token_seconds": None if end.first_token_seconds is None else round(end.first_token_seconds, 3),
        "seconds": round(end.seconds, 3),
        "attempts": end.attempts,
    }


def _error(error: ProviderError) -> dict[str, Any]:
    """In the words that users get, and with the provider's own: what they may quote is the author's."""
    retry_at = None if error.retry_after is None else timezone.now() + timedelta(seconds=min(error.retry_after, 24 * 3600.0))
    text = errors.reason if retry_at else errors.sentence
    return {"kind": error.kind, "detail": text(error.kind), "retry_at": retry_at, "cause": error.cause[:500]}


def _text(content: dict[str, Any], name: str, request_id: uuid.UUID | None, longest: int) -> str:
    if not isinstance(text := content.get(name), str):
        raise BadFrame("bad_frame", f"“{name}” must be text.", request_id)
    if len(text) > longest:
        raise BadFrame("invalid", f"“{name}” has {len(text):,} characters, and may have {longest:,}.", request_id)
    return text


def _system(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> str:
    return _text(content, name, request_id, TEXT_LENGTH)


def _model(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> str:
    model = _text(content, name, request_id, MAX_MODEL_CHARACTERS)
    if "\x00" in model:
        raise BadFrame("bad_frame", f"“{name}” has a character that no database stores.", request_id)
    return model


def _parameters(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> dict[str, Any]:
    if not isinstance(values := content.get(name), dict):
        raise BadFrame("bad_frame", f"“{name}” must be an object.", request_id)
    try:
        return parameters.clean(values)
    except ValidationError as error:
        raise BadFrame("invalid", " ".join(error.messages), request_id) from None


def _turns(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> list[Turn]:
    listed = content.get(name)
    if not isinstance(listed, list) or not all(isinstance(one, dict) and one.get("role") in ("user", "assistant") for one in listed):
        raise BadFrame("bad_frame", f"“{name}” must be a list of messages of user and assistant.", request_id)
    if len(listed) > MAX_TURNS:
        raise BadFrame("invalid", f"The conversation has {len(listed):,} messages, and may have {MAX_TURNS}.", request_id)
    turns = [Turn(one["role"], _text(one, "text", request_id, MAX_MESSAGE_CHARACTERS)) for one in listed]
    if not turns or turns[-1].role != "user" or not turns[-1].text.strip():
        raise BadFrame("invalid", "The conversation has to end with a message of the user.", request_id)
    return turns


def _field(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> Any:
    """A field of wordings; may be left out."""
    try:
        return FIELDS[name].clean(content.get(name) or FIELDS[name].empty())
    except ValidationError as error:
        raise BadFrame("invalid", " ".join(error.messages), request_id) from None


def _values(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> dict[str, Any]:
    if not isinstance(values := content.get(name) or {}, dict):
        raise BadFrame("bad_frame", f"“{name}” must be an object.", request_id)
    return values


def _is_template(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> bool:
    return content.get(name) is not False


_FIELDS = {
    "try": {
        "system": _system,
        "model": _model,
        "parameters": _parameters,
        "turns": _turns,
        "variables": _field,
        "examples": _field,
        "output_schema": _field,
        "values": _values,
        "template": _is_template,
    },
    "stop": {},
    "ping": {},
}
