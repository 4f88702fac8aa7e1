"""A sound while it is being made, which listeners follow as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from conversations.providers.errors import ProviderError
from conversations.usage.exceeded import Exceeded


class MadeSound:
    """What of it is there. Any number of listeners follow it from its beginning."""

    def __init__(self) -> None:
        self.media_type = ""
        self.content = bytearray()
        self.failure: ProviderError | Exceeded | None = None
        self.is_over = self.was_heard = False
        self._news = asyncio.Event()

    async def begun(self) -> None:
        """Wait for its beginning. Raises ProviderError, and Exceeded where no budget has room for it."""
        while not self.content and not self.is_over:
            await self._news.wait()
        if not self.content and self.failure is not None:
            raise self.failure

    async def over(self) -> None:
        """Wait for its end: then it is kept, or `failure` says why not."""
        while not self.is_over:
            await self._news.wait()

    async def follow(self) -> AsyncIterator[bytes]:
        """What comes, as it comes, until it is over or has broken off."""
        at = 0
        while True:
            if piece := bytes(self.content[at:]):
                self.was_heard = True
                at += len(piece)
                yield piece
            elif self.is_over:
                return
            else:
                await self._news.wait()

    def begin(self, media_type: str) -> None:
        """Another attempt has a beginning: no listener has heard anything of an earlier one."""
        self.media_type = media_type
        self.content.clear()

    def add(self, piece: bytes) -> None:
        self.content += piece
        self._tell()

    def end(self, failure: ProviderError | Exceeded | None = None) -> None:
        self.failure, self.is_over = failure, True
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
