"""Ends answers that the provider would finish although no process listens any more, so that spending ends."""

import asyncio
import logging
from typing import Final
from urllib.parse import quote

import httpx2

from . import clients, connections, responses, wire_trouble
from .answer import Answer
from .byte_stream import ByteStream, byte_stream
from .endpoint import Endpoint
from .errors import ProviderError
from .wire_events import WireEvents

CANCEL_SECONDS: Final = 10.0
"""For the provider to say the answer's id, and again for it to end the answer."""

log = logging.getLogger(__name__)


async def cancel(endpoint: Endpoint, response_id: str) -> None:
    """End the answer at the provider. What goes wrong is logged."""
    try:
        async with asyncio.timeout(CANCEL_SECONDS):
            await clients.client(endpoint).post(
                f"{responses.PATH}/{quote(response_id, safe='')}/cancel",
                cast_to=httpx2.Response,
                options={"timeout": clients.timeouts(endpoint.connect_seconds, CANCEL_SECONDS), "max_retries": 2},
            )
    except wire_trouble.EXCEPTIONS as error:
        failure = wire_trouble.from_exception(error, endpoint)
        log.warning("Response %s could not be cancelled: %s (HTTP %s)", response_id, failure.kind, failure.status)


async def cancel_unopened(endpoint: Endpoint, opening: asyncio.Task[httpx2.Response]) -> None:
    """The same for an answer that was asked for, but whose headers are not here yet."""
    try:
        async with asyncio.timeout(CANCEL_SECONDS):
            response = await opening
    except wire_trouble.EXCEPTIONS:
        return
    await cancel_unnamed(endpoint, response, byte_stream(response), WireEvents(endpoint), responses.new_answer(endpoint))


async def cancel_unnamed(endpoint: Endpoint, response: httpx2.Response, stream: ByteStream, events: WireEvents, answer: Answer) -> None:
    """The same for an answer that has begun, but whose id is not here yet."""
    try:
        async with asyncio.timeout(CANCEL_SECONDS):
            while not answer.response_id and (chunk := await stream.read()):
                for event in events.feed(chunk):
                    answer.read(event)
    except (*wire_trouble.EXCEPTIONS, ProviderError):
        pass
    finally:
        await connections.close(response)
    if answer.response_id and not answer.over:
        await cancel(endpoint, answer.response_id)
