"""One attempt at what is passed on: its answer, and a line for the ledger."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any

import httpx2
import orjson

from conversations.generation.attempt_log import CUT
from conversations.models import OK
from conversations.providers import error_reading, passthrough
from conversations.providers.endpoint import Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.passed import EVENTS
from conversations.routing import outcomes
from conversations.routing.routes import Route
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.units import NO_UNITS

from .steps import Asked, Begun

JSON, TEXT = "application/json", "text/plain; charset=utf-8"
ENDS = (".completed", ".done")
"""Of the type of the event that says that a stream is complete, and what it took."""


class _Heard:
    """What the answer told. `has_begun`: the provider may charge for it."""

    def __init__(self) -> None:
        self.told: Mapping[str, Any] = {}
        self.has_begun = self.is_complete = False
        self.request_id: str | None = None


async def attempt(asked: Asked, route: Route) -> AsyncGenerator[Begun | bytes]:
    """Raises ProviderError."""
    assert route.endpoint is not None  # of the built-in model, which is asked for none of this
    log, heard = asked.attempts, _Heard()
    log.begin(route)
    end = partial(_end, asked, route, heard)
    try:
        async with passthrough.opened(route.endpoint, asked.passed, log.traceparent) as response:
            heard.request_id = error_reading.request_id(response.headers, route.endpoint)
            is_events = asked.passed.is_streamed and passthrough.is_events(response)
            read = _events if is_events else _sound if asked.measure.media_type else _whole
            async with aclosing(read(asked, route.endpoint, response, heard)) as steps:
                async for step in steps:
                    yield step
    except ProviderError as error:
        end(error.kind, error)
        raise
    except BaseException:
        end(CUT, None)
        outcomes.released(route)
        raise
    end(OK, None)
    outcomes.succeeded(route)


async def _whole(asked: Asked, endpoint: Endpoint, response: httpx2.Response, heard: _Heard) -> AsyncGenerator[Begun | bytes]:
    async with passthrough.document(endpoint, response) as content:
        if asked.measure.is_text:
            heard.told, heard.is_complete = {"text": content.decode("utf-8", "replace")}, True
            yield Begun(TEXT, is_whole=True)
            yield content
            return
        document = await passthrough.parsed(content)
        if not asked.measure.is_answer(document):
            raise error_reading.no_answer(document, endpoint)
        heard.told, heard.is_complete = document, True
        yield Begun(JSON, is_whole=True)
        is_called_otherwise = "model" in document and document["model"] != asked.model
        yield orjson.dumps({**document, "model": asked.model}) if is_called_otherwise else content


async def _sound(asked: Asked, endpoint: Endpoint, response: httpx2.Response, heard: _Heard) -> AsyncGenerator[Begun | bytes]:
    async with aclosing(passthrough.sound(endpoint, response)) as pieces:
        async for piece in pieces:
            if not heard.has_begun:
                heard.has_begun = True
                asked.attempts.token_came()
                yield Begun(asked.measure.media_type, is_whole=False)
            yield piece
    if not heard.has_begun:
        raise ProviderError("provider", "The server sent an empty sound.", request_id=heard.request_id)
    heard.is_complete = True


async def _events(asked: Asked, endpoint: Endpoint, response: httpx2.Response, heard: _Heard) -> AsyncGenerator[Begun | bytes]:
    async with aclosing(passthrough.events(endpoint, response)) as events:
        async for event in events:
            if not heard.has_begun:
                heard.has_begun = True
                asked.attempts.token_came()
                yield Begun(EVENTS, is_whole=False)
            kind = str(event.get("type", ""))
            heard.is_complete = heard.is_complete or kind.endswith(ENDS)
            if "usage" in event or kind.endswith(ENDS):
                heard.told = event
            yield b"event: %b\ndata: %b\n\n" % (_in_a_line(kind), orjson.dumps(event)) if kind else b"data: %b\n\n" % orjson.dumps(event)
    if not heard.is_complete:
        raise ProviderError("interrupted", "The stream ended without saying that it is complete.", request_id=heard.request_id)


def _in_a_line(kind: str) -> bytes:
    return kind.replace("\n", " ").replace("\r", " ").encode("utf-8", "replace")


def _end(asked: Asked, route: Route, heard: _Heard, outcome: str, error: ProviderError | None) -> None:
    is_charged = heard.is_complete or heard.has_begun or outcome == CUT
    taken = asked.measure.taken(heard.told, route) if is_charged else None
    tokens = taken.tokens if taken else Tokens()
    asked.attempts.end(
        outcome,
        stream=None,
        error=error,
        characters=taken.characters if taken else 0,
        tokens=tokens,
        estimated=taken is not None and taken.is_estimated,
        units=taken.units if taken else NO_UNITS,
    )
    done = asked.attempts.done[-1]
    done.request_id = done.request_id or heard.request_id or ""
    if taken is not None:
        done.known_cost = taken.cost
