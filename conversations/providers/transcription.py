"""Asks for the text of a recording: https://platform.openai.com/docs/api-reference/audio/createTranscription."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from conversations.process_cache import kept

from . import connections, error_reading
from .bounded_transport import read_beginning
from .endpoint import Endpoint
from .errors import ProviderError

PATH = "/audio/transcriptions"
LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes, unpacked. What is said in an hour has 60,000; with its time marks, some servers tell twenty times as much."""
PATIENCE_PER_SECOND = 0.5
"""Seconds that a server may take more for each of sound, beside those that it may always take."""
LARGEST_COUNT = 2**31 - 1
"""Tokens; columns hold no more."""


class Recording(NamedTuple):
    content: bytes
    content_type: str
    """Such as “audio/webm;codecs=opus”, as the browser calls it."""
    file_name: str
    """Its ending is what many servers tell the format by."""
    seconds: float = 0
    """How long it is, where that is known."""
    with_marks: bool = False
    """Whether it is asked at which times something was said."""


class Segment(NamedTuple):
    """What was said from this time on, in seconds from the beginning, and by whom, where the model tells speakers apart."""

    begins: float
    text: str
    speaker: str = ""


class Transcript(NamedTuple):
    """`text` is empty where nothing was understood. What it took is told in tokens, in seconds, or not at all."""

    text: str
    input_tokens: int | None = None
    audio_tokens: int | None = None
    """Of the input."""
    output_tokens: int | None = None
    seconds: float | None = None
    """Of audio."""
    request_id: str | None = None
    segments: tuple[Segment, ...] = ()
    """All of the text, with its times; empty where they aren't known."""


PLAIN, TIMED, BY_SPEAKER = "json", "verbose_json", "diarized_json"
_FORMATS = tuple(
    (re.compile(pattern), form)
    for pattern, form in ((r"diarize", BY_SPEAKER), (r"whisper", TIMED), (r"gpt-.*transcri", PLAIN), (r"", TIMED))
)
"""By model, as https://platform.openai.com/docs/guides/speech-to-text says. Others are asked for times until they refuse."""
_timeless: set[tuple[str, str]] = kept(set())
"""By base URL and model: those that did."""


async def transcribe(endpoint: Endpoint, recording: Recording) -> Transcript:
    """Raises ProviderError."""
    form = next(form for pattern, form in _FORMATS if pattern.search(endpoint.model.lower())) if recording.with_marks else PLAIN
    place = (endpoint.base_url, endpoint.model)
    try:
        return await _ask(endpoint, recording, PLAIN if place in _timeless else form)
    except ProviderError as error:
        if form == PLAIN or place in _timeless or error.status not in (400, 422):
            raise
    found = await _ask(endpoint, recording, PLAIN)
    _timeless.add(place)  # now that it is known that it was the format
    return found


async def _ask(endpoint: Endpoint, recording: Recording, form: str) -> Transcript:
    content = bytearray()
    patience = endpoint.first_token_seconds + recording.seconds * PATIENCE_PER_SECOND
    speakers = {"chunking_strategy": "auto"} if form == BY_SPEAKER else {}
    fields = {"model": endpoint.model, "response_format": form, **speakers}
    files = [("file", (recording.file_name, recording.content, recording.content_type))]
    try:
        async with asyncio.timeout(patience):
            response = await connections.ask_with_files(endpoint, PATH, fields, files, patience, {})
            request_id = error_reading.request_id(response.headers, endpoint)
            await read_beginning(response, LARGEST_ANSWER + 1, content)
    except error_reading.WIRE_TROUBLE as error:
        raise error_reading.from_exception(error, endpoint) from None
    if len(content) > LARGEST_ANSWER:
        raise ProviderError("provider", "The server sent too much for a transcript.", request_id=request_id)
    return _read(bytes(content), endpoint)._replace(request_id=request_id)


def _read(content: bytes, endpoint: Endpoint) -> Transcript:
    try:
        document = orjson.loads(content)
    except ValueError:
        raise ProviderError("provider", "The server sent no JSON for a transcript.") from None
    if not isinstance(document, dict):
        raise ProviderError("provider", "The server sent JSON that is no transcript.")
    if not isinstance(document.get("text"), str):
        raise error_reading.no_answer(document, endpoint)
    return used(document)


def used(document: Mapping[str, Any]) -> Transcript:
    """Its text and what it took, of a document or of the event with which a stream of one ends."""
    text = found if isinstance(found := document.get("text"), str) else ""
    usage: dict[str, Any] = found if isinstance(found := document.get("usage"), dict) else {}
    details: dict[str, Any] = found if isinstance(found := usage.get("input_token_details"), dict) else {}
    return Transcript(
        text.strip(),
        _count(usage.get("input_tokens")),
        _count(details.get("audio_tokens")),
        _count(usage.get("output_tokens")),
        _duration(usage.get("seconds", document.get("duration"))),
        segments=_segments(document.get("segments")),
    )


def _segments(told: object) -> tuple[Segment, ...]:
    """Empty where they aren't as they should be: the text is there all the same."""
    found = []
    for one in told if isinstance(told, list) else []:
        begins = _duration(one.get("start")) if isinstance(one, dict) else None
        if begins is None or not isinstance(one.get("text"), str):
            return ()
        speaker = one.get("speaker")
        if text := one["text"].strip():
            found.append(Segment(begins, text, speaker[:100] if isinstance(speaker, str) else ""))
    return tuple(found)


def _duration(told: object) -> float | None:
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) and 0 <= told <= LARGEST_COUNT else None


def _count(told: object) -> int | None:
    return told if type(told) is int and 0 <= told <= LARGEST_COUNT else None
