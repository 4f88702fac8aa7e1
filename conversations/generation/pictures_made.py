"""Pictures that come for one reply: shown while they are made, and then stored, so that what was paid for isn't lost."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable
from typing import Any

from channels.db import database_sync_to_async

from conversations import storage_threads
from conversations.files import made
from conversations.files.reading.result import Unreadable
from conversations.models import Message
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Picture

log = logging.getLogger(__name__)

MAX_ALT_CHARACTERS = 500


class Pictures:
    """Of one reply. `preview` is how far the one has come that is being made, as an address with its data."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._task: asyncio.Task[None] | None = None
        self.preview = ""
        self.kept: dict[str, Any] | None = None
        """The part of the message for the picture that was kept last, although the reply that waited for that was stopped."""

    def show(self, picture: Picture, publish: Callable[[str], None]) -> None:
        """Publish a partial picture, in small. Where the one before isn't read yet, this one is passed over."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._show(picture, publish))

    async def _show(self, picture: Picture, publish: Callable[[str], None]) -> None:
        try:
            small = await storage_threads.run(made.thumbnail, picture.data)
        except (Unreadable, OSError) as error:
            log.info("A partial picture can't be shown: %s", error)
            return
        self.preview = f"data:image/webp;base64,{base64.b64encode(small).decode()}"
        publish(self.preview)

    async def keep(self, picture: Picture, parts: list[dict[str, Any]], run: int) -> dict[str, Any] | None:
        """Store it, with `parts` of the message before it in this `run`. Returns its part; None where they have it already.

        Raises ProviderError where it is no picture. Where this is cancelled, it is stored all the same.
        """
        self.kept = None
        if self._task is not None:
            self._task.cancel()
        self.preview = ""
        storing = asyncio.create_task(self._store(picture, parts, run))
        try:
            return await asyncio.shield(storing)
        except asyncio.CancelledError:
            self.kept = await storing
            raise

    async def _store(self, picture: Picture, parts: list[dict[str, Any]], run: int) -> dict[str, Any] | None:
        question = self._message.parent.answer if self._message.parent is not None else ""
        alt = (picture.description or question)[:MAX_ALT_CHARACTERS]
        try:
            read = await storage_threads.run(made.read, picture.data, question)
        except Unreadable as error:
            raise ProviderError("provider", f"What the server sent is no picture: {error}") from None
        try:
            return await database_sync_to_async(made.store)(self._message, run, read, parts, alt)
        except Message.DoesNotExist:
            raise ProviderError("interrupted", "The conversation was deleted while the picture was made.") from None
