"""Pictures as they are made: asked for as JSON, or with pictures that they are made from as a form."""

from __future__ import annotations

from typing import Any

import httpx2

from conversations import storage_threads

from . import connections, encoded_pictures, images
from .endpoint import THINKING_TAKES, Endpoint
from .large_bodies import LargeBody
from .reading import Reading
from .request import Request
from .streams import Stream
from .wire_events import WireEvents


class PictureStream(Stream):
    """Yields each Picture, partial ones before it, and what a Stream yields at its end."""

    def __init__(self, endpoint: Endpoint, request: Request) -> None:
        super().__init__(endpoint, request)
        self._wire = images
        self._answer = self._pictures = images.new_answer(endpoint, request)
        self._reading = Reading(self._answer, WireEvents(endpoint, encoded_pictures.LARGEST_EVENT))
        self._files, self._has_files = request.turns[-1].files, False  # they are no part of the JSON
        self._patience.seconds = endpoint.first_token_seconds * THINKING_TAKES

    @property
    def image_tokens(self) -> tuple[int | None, int | None]:
        return self._pictures.image_tokens

    async def _open(self, body: dict[str, Any] | LargeBody) -> httpx2.Response:
        if not self._files or isinstance(body, LargeBody):
            return await super()._open(body)
        field = "image" if len(self._files) == 1 else "image[]"
        named = [(field, file) for file in self._files]
        if self._request.mask is not None:
            named.append(("mask", self._request.mask))
        parts = [(name, (file.name, await storage_threads.run(file.read), file.content_type)) for name, file in named]
        return await connections.ask_with_files(self._endpoint, images.EDITS, body, parts, self._patience.seconds, self._headers)
