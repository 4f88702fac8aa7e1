"""Has a text read aloud: https://platform.openai.com/docs/api-reference/audio/createSpeech."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, NamedTuple

import orjson

from . import connections, error_reading, wire_trouble
from .byte_stream import ByteStream, byte_stream
from .endpoint import Endpoint
from .errors import ProviderError
from .utterance import PATH, Utterance

LARGEST_SOUND = 8 * 1024 * 1024
"""Bytes: a minute and a half, uncompressed."""
LARGEST_ANSWER = 64 * 1024
"""Bytes of what came in place of a sound."""
TOLD_BY = 12
"""Bytes at its beginning tell what a sound is."""


class Sound(NamedTuple):
    """What comes, from its beginning."""

    media_type: str
    pieces: AsyncGenerator[bytes]
    """Raises ProviderError."""
    request_id: str | None


async def speak(endpoint: Endpoint, utterance: Utterance) -> Sound:
    """Ask, and wait for the beginning. Raises ProviderError."""
    body: dict[str, Any] = {"model": endpoint.model, "input": utterance.text, "voice": utterance.voice, "response_format": "mp3"}
    if utterance.speed != 1:
        body["speed"] = utterance.speed
    if utterance.instructions:
        body["instructions"] = utterance.instructions
    try:
        response = await connections.ask(endpoint, PATH, body, endpoint.first_token_seconds)
    except wire_trouble.EXCEPTIONS as error:
        raise wire_trouble.from_exception(error, endpoint) from None
    request_id = error_reading.request_id(response.headers, endpoint)
    pieces = _pieces(endpoint, response)
    beginning = b""
    try:
        async for piece in pieces:
            beginning += piece
            if len(beginning) >= TOLD_BY:
                break
        if not (media_type := type_of(beginning)):
            raise await _no_sound(beginning, pieces, endpoint)
    except BaseException as error:
        await pieces.aclose()
        if isinstance(error, ProviderError):
            error.request_id = error.request_id or request_id
        raise
    return Sound(media_type, _with(beginning, pieces), request_id)


def type_of(beginning: bytes) -> str:
    """The media type of a sound that browsers play; empty of anything else. Servers call it whatever they like."""
    if beginning[:3] == b"ID3" or (len(beginning) > 1 and beginning[0] == 0xFF and beginning[1] & 0xE6 == 0xE2):
        return "audio/mpeg"
    if len(beginning) > 1 and beginning[0] == 0xFF and beginning[1] & 0xF6 == 0xF0:
        return "audio/aac"
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WAVE":
        return "audio/wav"
    return {b"OggS": "audio/ogg", b"fLaC": "audio/flac"}.get(beginning[:4], "")


async def _no_sound(beginning: bytes, pieces: AsyncGenerator[bytes], endpoint: Endpoint) -> ProviderError:
    content = bytearray(beginning)
    async for piece in pieces:
        content += piece
        if len(content) > LARGEST_ANSWER:
            break
    if not content:
        return ProviderError("provider", "The server sent an empty sound.")
    try:
        document = orjson.loads(content)
    except ValueError:
        document = None
    if isinstance(document, dict):
        return error_reading.no_answer(document, endpoint)
    return ProviderError("provider", "The server sent something that is no sound.")


async def _pieces(endpoint: Endpoint, response: Any) -> AsyncGenerator[bytes]:
    stream: ByteStream = byte_stream(response)
    size, at_end = 0, False
    stream.set_read_timeout(endpoint.next_token_seconds)
    try:
        while piece := await stream.read():
            size += len(piece)
            if size > LARGEST_SOUND:
                raise ProviderError("provider", "The server sent too much for a sound.")
            yield piece
        at_end = True
    except wire_trouble.EXCEPTIONS as error:
        raise wire_trouble.from_exception(error, endpoint, streaming=size > 0) from None
    finally:
        if not at_end:
            await asyncio.shield(connections.close(response))


async def _with(beginning: bytes, pieces: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    try:
        yield beginning
        async for piece in pieces:
            yield piece
    finally:
        await pieces.aclose()
