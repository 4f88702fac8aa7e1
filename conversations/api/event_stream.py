"""Server-Sent Events, or other bytes as they come, as the response to a request."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Self, TypeVar

from django.http import StreamingHttpResponse

DONE = b"data: [DONE]\n\n"
Item = TypeVar("Item")


class StreamedBytes(StreamingHttpResponse):
    """Ends its generator when the client goes."""

    def __init__(self, pieces: AsyncGenerator[bytes], content_type: str) -> None:
        self._pieces = pieces
        super().__init__(pieces, content_type=content_type)
        self["Cache-Control"] = "no-store"
        self["X-Accel-Buffering"] = "no"  # nginx

    def __aiter__(self) -> AsyncGenerator[bytes]:
        return self._pieces  # itself, so that what closes the response closes it


class EventStream(StreamedBytes):
    def __init__(self, events: AsyncGenerator[bytes]) -> None:
        super().__init__(events, "text/event-stream; charset=utf-8")
        self["Cache-Control"] = "no-store, no-transform"  # compressed events would wait for more of their kind

    @classmethod
    async def begun(cls, events: AsyncGenerator[bytes]) -> Self:
        """One of a generator that is at its first event: it does what it does at its end even where the client went before that was sent.

        One that never began has no end: nothing of it is carried out, not even its `finally`.
        """
        return cls(following(await anext(events), events))


async def following(first: Item, rest: AsyncGenerator[Item]) -> AsyncGenerator[Item]:
    """All of them. Leaving it ends the rest."""
    async with aclosing(rest):
        yield first
        async for one in rest:
            yield one
