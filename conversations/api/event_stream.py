"""Server-Sent Events as the response to a request."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from django.http import StreamingHttpResponse

DONE = b"data: [DONE]\n\n"


class EventStream(StreamingHttpResponse):
    """Ends its generator when the client goes."""

    def __init__(self, events: AsyncGenerator[bytes]) -> None:
        self._events = events
        super().__init__(events, content_type="text/event-stream; charset=utf-8")
        self["Cache-Control"] = "no-store, no-transform"  # compressed events would wait for more of their kind
        self["X-Accel-Buffering"] = "no"  # nginx

    def __aiter__(self) -> AsyncGenerator[bytes]:
        return self._events  # itself, so that what closes the response closes it
