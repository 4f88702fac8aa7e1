"""Has a provider asked for what a program sends, and gives what comes back: whole, or as it comes."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any, NamedTuple

from django.http import HttpResponse

from conversations.api import answer, answering, assistants, failures
from conversations.api.authentication import Caller
from conversations.api.event_stream import EventStream, StreamedBytes
from conversations.generation.passthrough.measure import Measure
from conversations.generation.passthrough.request import PassthroughRequest
from conversations.generation.passthrough.steps import Begun
from conversations.processes import supervisor
from conversations.processes.supervisor import Supervisor
from conversations.providers.errors import ProviderError
from conversations.providers.passed import EVENTS, Passed
from conversations.routing import capable

Steps = AsyncGenerator[Begun | bytes]


class Asked(NamedTuple):
    """What a body asks for. `fields`: all that the provider gets of it."""

    model: str
    fields: dict[str, Any]
    measure: Measure


async def answered(caller: Caller, passed: Passed, asked: Asked) -> HttpResponse | StreamedBytes:
    """Raises ApiError, Exceeded, and Refused while the process stops."""
    process = supervisor.current()
    steps = _running(await answer.let_in(process, partial(_begin, caller, passed, asked, process)), process)
    try:
        begun = await anext(steps)
        assert isinstance(begun, Begun)
        if begun.is_whole:
            return HttpResponse(await _joined(steps), content_type=begun.content_type, headers={"Cache-Control": "no-store"})
        if begun.content_type == EVENTS:
            return EventStream(_events(steps))
        return StreamedBytes(_sound(steps), begun.content_type)
    except ProviderError as error:
        await steps.aclose()
        raise failures.of(error) from None
    except BaseException:
        await steps.aclose()
        raise


def _begin(caller: Caller, passed: Passed, asked: Asked, process: Supervisor, request_id: uuid.UUID) -> PassthroughRequest:
    """Reserved, and ready to be asked for."""
    if not capable.is_offered(asked.model, asked.measure.capability):
        raise assistants.not_found(asked.model, f"This address takes models that make {asked.measure.capability.value}.")
    request = PassthroughRequest(
        request_id,
        passed,
        asked.model,
        asked.measure,
        owner_id=caller.user.pk,
        token_id=caller.token.pk,
        database=process.database,
        max_seconds=answer.MAX_SECONDS,
    )
    beside = process.unstored.beside(request)
    answer.require_few(beside)
    request.reserve(beside)
    process.unstored.admit(request)
    return request


async def _running(asked: PassthroughRequest, process: Supervisor) -> Steps:
    with process.unstored.running(asked):
        async with aclosing(asked.steps()) as steps:
            async for step in steps:
                yield step


async def _joined(steps: Steps) -> bytes:
    async with aclosing(steps):
        return b"".join([step async for step in steps if isinstance(step, bytes)])


async def _sound(steps: Steps) -> AsyncGenerator[bytes]:
    """What breaks off can be told by nothing but a response that breaks off, too."""
    async with aclosing(steps):
        async for step in steps:
            if isinstance(step, bytes):
                yield step


async def _events(steps: Steps) -> AsyncGenerator[bytes]:
    """An error amid them is told as an event, which OpenAI's clients raise."""
    async with aclosing(steps):
        try:
            async for step in steps:
                if isinstance(step, bytes):
                    yield step
        except ProviderError as error:
            yield answering.error_event(error)
