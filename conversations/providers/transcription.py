"""Asks for the text of a recording: https://platform.openai.com/docs/api-reference/audio/createTranscription."""

from __future__ import annotations

import asyncio
import re

import orjson

from conversations.process_cache import kept

from . import connections, error_reading, transcript, wire_trouble
from .bounded_transport import read_beginning
from .endpoint import Endpoint
from .errors import ProviderError
from .recording import Recording
from .transcript import Transcript

PATH = "/audio/transcriptions"
LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes, unpacked. What is said in an hour has 60,000; with its time marks, some servers tell twenty times as much."""
PATIENCE_PER_SECOND = 0.5
"""Seconds that a server may take more for each of sound, beside those that it may always take."""

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
    except wire_trouble.EXCEPTIONS as error:
        raise wire_trouble.from_exception(error, endpoint) from None
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
    return transcript.read(document)
