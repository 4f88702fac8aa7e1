"""A turn's content as each API takes it where it holds files. Reading them blocks: bodies with files are built in a thread."""

from __future__ import annotations

import base64
import logging
from typing import Any

from .request import Turn, TurnFile

log = logging.getLogger(__name__)

AUDIO_FORMATS = {"audio/wav": "wav", "audio/mpeg": "mp3"}
"""By media type, those that are taken."""


def chat_completions(turn: Turn) -> str | list[dict[str, Any]]:
    """As in https://platform.openai.com/docs/api-reference/chat/create."""
    if not turn.files:
        return turn.text
    return [*(_chat_completions(file) for file in turn.files), *_text("text", turn)]


def responses(turn: Turn) -> str | list[dict[str, Any]]:
    """As in https://platform.openai.com/docs/api-reference/responses/create."""
    if not turn.files:
        return turn.text
    return [*(_responses(file) for file in turn.files), *_text("input_text", turn)]


def _chat_completions(file: TurnFile) -> dict[str, Any]:
    if file.kind == "audio":
        return _input_audio(file) or {"type": "text", "text": _gone(file)}
    if (url := _data_url(file)) is None:
        return {"type": "text", "text": _gone(file)}
    if file.kind == "image":
        return {"type": "image_url", "image_url": {"url": url}}
    return {"type": "file", "file": {"filename": file.name, "file_data": url}}


def _responses(file: TurnFile) -> dict[str, Any]:
    if file.kind == "audio":
        return _input_audio(file) or {"type": "input_text", "text": _gone(file)}
    if file.kind == "document" and file.url:
        return {"type": "input_file", "file_url": file.url}
    if (url := _data_url(file)) is None:
        return {"type": "input_text", "text": _gone(file)}
    if file.kind == "image":
        return {"type": "input_image", "detail": "auto", "image_url": url}  # documented as required: some servers insist
    return {"type": "input_file", "filename": file.name, "file_data": url}


def _text(kind: str, turn: Turn) -> list[dict[str, Any]]:
    return [{"type": kind, "text": turn.text}] if turn.text else []


def _input_audio(file: TurnFile) -> dict[str, Any] | None:
    """The same in both APIs: https://platform.openai.com/docs/guides/audio."""
    if (encoded := _base64(file)) is None:
        return None
    return {"type": "input_audio", "input_audio": {"data": encoded, "format": AUDIO_FORMATS[file.content_type]}}


def _data_url(file: TurnFile) -> str | None:
    if file.url:
        return file.url
    encoded = _base64(file)
    return None if encoded is None else f"data:{file.content_type};base64,{encoded}"


def _base64(file: TurnFile) -> str | None:
    try:
        content = file.read()
    except Exception as error:  # noqa: BLE001  (each storage has errors of its own)
        log.warning("An attached file can't be read from the storage: %s", error)
        return None
    encoded = base64.b64encode(content)
    del content  # each copy may take 20 MB
    return encoded.decode()


def _gone(file: TurnFile) -> str:
    return f"[The file “{file.name}” can’t be read any more.]"
