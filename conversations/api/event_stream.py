"""Server-Sent Events as the response to a request."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Self

from django.http import StreamingHttpResponse

DONE = b"data: [DONE]\n\n"


class EventStream(StreamingHttpResponse):
    """Ends its generator when the client goes."""

    def __init__(self, events: AsyncGenerator[bytes]) -> None:
        self._events = events
        super().__init__(events, content_type="text/event-stream; charset=utf-8")
        self["Cache-Control"] = "no-store, no-transform"  # compressed events would wait for more of their kind
        self["X-Accel-Buffering"] = "no"  # nginx

    @classmethod
    async def begun(cls, events: AsyncGenerator[bytes]) -> Self:
        """One of a generator that is at its first event: it does what it does at its end even where the client went before that was sent.

        One that never began has no end: nothing of it is carried out, not even its `finally`.
        """
        return cls(_following(await anext(events), events))

    def __aiter__(self) -> AsyncGenerator[bytes]:
        return self._events  # itself, so that what closes the response closes it


async def _following(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        yield first
        async for event in rest:
            yield event
