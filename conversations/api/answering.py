"""Pulls an answer's steps: until it has ended, or until it has begun, so that what fails before that has a status of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import orjson

from conversations.generation.unstored_answer import Ended, Step, UnstoredAnswer
from conversations.generation.waiting import Retrying
from conversations.providers.errors import ProviderError

from . import failures


async def whole(asked: UnstoredAnswer) -> Ended:
    """Its end. Raises ApiError where nothing of it is worth giving."""
    ended = None
    async with aclosing(asked.steps()) as steps:
        async for step in steps:
            if isinstance(step, Ended):
                ended = step
    assert ended is not None
    if ended.error is not None:
        raise failures.of(ended.error)
    return ended


async def begun(asked: UnstoredAnswer) -> tuple[Step, AsyncGenerator[Step]]:
    """Its first step that says something, and those that follow. Raises ApiError where it failed before that."""
    steps = asked.steps()
    try:
        async for step in steps:
            if isinstance(step, Ended) and step.error is not None:
                raise failures.of(step.error)
            if not isinstance(step, Retrying):
                return step, steps
        raise failures.of(ProviderError("internal"))
    except BaseException:
        await steps.aclose()
        raise


def error_event(error: ProviderError) -> bytes:
    """What tells a client that the answer broke off: OpenAI's SDKs raise it."""
    return b"data: %b\n\n" % orjson.dumps(failures.of(error).body)
