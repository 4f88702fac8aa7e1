"""Sends a program's request on as it is, but for its model and whose it is, and reads what comes back: a document or events.

Of OpenAI's addresses beside those for answers: https://platform.openai.com/docs/api-reference/embeddings, …/images and …/audio.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import orjson

from conversations import storage_threads

from . import clients, connections, error_reading, header_templates, large_bodies, wire_trouble
from .byte_stream import byte_stream
from .endpoint import THINKING_TAKES, Endpoint
from .errors import ProviderError
from .identity import pseudonym
from .passed import EVENTS, Passed
from .request import Request
from .streams import IDLE_CONNECTIONS
from .wire_events import WireEvents

LARGEST_ANSWER = 96 * 1024 * 1024
"""Bytes: ten large pictures in Base64, or 2,048 long embeddings."""
SMALL_ANSWER = 1024 * 1024
"""Larger ones wait for room in memory (`clients.answer_room`)."""
_NO_SOUND = ("application/json", "text/html", "text/plain")


@asynccontextmanager
async def opened(endpoint: Endpoint, passed: Passed, traceparent: str) -> AsyncGenerator[httpx2.Response]:
    """The response, once its headers are there. Raises ProviderError."""
    sent_in_vain, response = 0, None
    while response is None:
        try:
            response = await _ask(endpoint, passed, traceparent)
        except wire_trouble.EXCEPTIONS as error:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise asyncio.CancelledError from None  # the library took it for a lost connection
            if wire_trouble.was_never_sent(error) and sent_in_vain < IDLE_CONNECTIONS:
                sent_in_vain += 1
                continue
            raise wire_trouble.from_exception(error, endpoint) from None
    try:
        yield response
    finally:
        await connections.close(response)


@asynccontextmanager
async def document(endpoint: Endpoint, response: httpx2.Response) -> AsyncGenerator[bytes]:
    """The whole body: the room that it takes in memory is given back at the end of the block. Raises ProviderError."""
    content, stream, room, taken = bytearray(), byte_stream(response), clients.answer_room(), 0
    try:
        try:
            async with asyncio.timeout(_patience(endpoint)):
                while piece := await stream.read():
                    content += piece
                    if len(content) > LARGEST_ANSWER:
                        raise ProviderError(
                            "provider", "The server sent more than an answer has.", request_id=_request_id(response, endpoint)
                        )
                    if not taken and len(content) > SMALL_ANSWER:
                        taken = await room.take(_declared(response))
        except wire_trouble.EXCEPTIONS as error:
            raise wire_trouble.from_exception(error, endpoint) from None
        yield bytes(content)
    finally:
        room.give_back(taken)


async def events(endpoint: Endpoint, response: httpx2.Response) -> AsyncGenerator[dict[str, Any]]:
    """Each event as it comes, up to the end of the body. Raises ProviderError, also for an error among them."""
    reader, stream = WireEvents(endpoint, LARGEST_ANSWER), byte_stream(response)
    while not reader.done:
        try:
            async with asyncio.timeout(_patience(endpoint)):
                chunk = await stream.read()
        except wire_trouble.EXCEPTIONS as error:
            raise wire_trouble.from_exception(error, endpoint, streaming=True) from None
        for event in reader.feed(chunk) if chunk else reader.close():
            if event.get("error") or event.get("type") == "error":
                raise error_reading.from_error(event.get("error") or event, endpoint)
            yield event
        if not chunk:
            return


async def sound(endpoint: Endpoint, response: httpx2.Response) -> AsyncGenerator[bytes]:
    """The body as it comes. Raises ProviderError, also where it is a document in place of a sound."""
    if _media_type(response) in _NO_SOUND:
        async with document(endpoint, response) as content:
            raise error_reading.no_answer(await parsed(content), endpoint)
    stream, size = byte_stream(response), 0
    while True:
        try:
            async with asyncio.timeout(_patience(endpoint)):
                piece = await stream.read()
        except wire_trouble.EXCEPTIONS as error:
            raise wire_trouble.from_exception(error, endpoint, streaming=size > 0) from None
        if not piece:
            return
        size += len(piece)
        if size > LARGEST_ANSWER:
            raise ProviderError("provider", "The server sent more than a sound has.", request_id=_request_id(response, endpoint))
        yield piece


async def parsed(content: bytes) -> dict[str, Any]:
    """The document's object. Raises ProviderError where it is none."""
    try:
        found = await storage_threads.run(orjson.loads, content) if len(content) > SMALL_ANSWER else orjson.loads(content)
    except ValueError:
        raise ProviderError("provider", "The server sent no JSON.", is_no_answer=True) from None
    if not isinstance(found, dict):
        raise ProviderError("provider", "The server sent JSON that is no answer.", is_no_answer=True)
    return found


def is_events(response: httpx2.Response) -> bool:
    return _media_type(response) == EVENTS


def _media_type(response: httpx2.Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def _request_id(response: httpx2.Response, endpoint: Endpoint) -> str | None:
    return error_reading.request_id(response.headers, endpoint)


def _patience(endpoint: Endpoint) -> float:
    """Pictures take as long as thoughts."""
    return endpoint.first_token_seconds * THINKING_TAKES


async def _ask(endpoint: Endpoint, passed: Passed, traceparent: str) -> httpx2.Response:
    fields = {**passed.fields, "model": endpoint.model}
    if endpoint.is_openai and not passed.is_form:
        fields["user"] = pseudonym(passed.user)
    about = Request(model=endpoint.model, system="", turns=[], user=passed.user)
    headers = header_templates.filled(endpoint.header_templates, about) if endpoint.header_templates else {}
    if traceparent:
        headers["traceparent"] = traceparent
    if passed.is_form:
        parts: Any = [(file.field, (file.name, file.content, file.content_type)) for file in passed.files]
        return await connections.ask_with_files(endpoint, passed.path, fields, parts, _patience(endpoint), headers)
    body: Any = fields
    if passed.size > SMALL_ANSWER:
        body = await large_bodies.written(lambda: fields, passed.size, clients.room())
    return await connections.ask(endpoint, passed.path, body, _patience(endpoint), headers=headers)


def _declared(response: httpx2.Response) -> int:
    """Bytes that the body has; the most that it may have, where that isn't said."""
    said = response.headers.get("content-length", "")
    return min(int(said), LARGEST_ANSWER) if said.isascii() and said.isdecimal() else LARGEST_ANSWER
