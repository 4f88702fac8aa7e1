"""Asks for the text of a recording: https://platform.openai.com/docs/api-reference/audio/createTranscription."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx2
import orjson
from openai import AsyncStream

from . import clients, error_reading
from .bounded_transport import read_beginning
from .endpoint import Endpoint
from .errors import ProviderError

LARGEST_ANSWER = 1024 * 1024
"""Bytes, unpacked. What is said in an hour has 60,000."""
LARGEST_COUNT = 2**31 - 1
"""Tokens; columns hold no more."""


class Recording(NamedTuple):
    content: bytes
    content_type: str
    """Such as “audio/webm;codecs=opus”, as the browser calls it."""
    file_name: str
    """Its ending is what many servers tell the format by."""


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


async def transcribe(endpoint: Endpoint, recording: Recording) -> Transcript:
    """Raises ProviderError."""
    content = bytearray()
    patience = endpoint.first_token_seconds
    try:
        async with asyncio.timeout(patience):
            response: Any = await clients.client(endpoint).post(
                "/audio/transcriptions",
                cast_to=httpx2.Response,
                body={"model": endpoint.model, "response_format": "json"},
                files=[("file", (recording.file_name, recording.content, recording.content_type))],
                options={
                    "timeout": clients.timeouts(endpoint.connect_seconds, patience),
                    "headers": {"Content-Type": "multipart/form-data", "Accept-Encoding": "identity"},  # the SDK adds the boundary
                },
                stream=True,
                stream_cls=AsyncStream[Any],
            )
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
    )


def _duration(told: object) -> float | None:
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) and 0 <= told <= LARGEST_COUNT else None


def _count(told: object) -> int | None:
    return told if type(told) is int and 0 <= told <= LARGEST_COUNT else None
