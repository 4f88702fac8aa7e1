"""The talks of this process, and what of them is still to be saved: a drain ends the ones and waits for the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

MAX_ENDING_SECONDS = 5.0
"""A drain waits so long: what was said last may still have to be transcribed."""
MAX_SAVING_SECONDS = 1.0
"""And then so long, until it is written that it wasn't."""

Keep = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]


class Talks:
    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._running: set[asyncio.Task[None]] = set()
        self._transcribing: set[asyncio.Task[None]] = set()
        self._saving: set[asyncio.Task[None]] = set()

    def follow(self, talk: Coroutine[Any, Any, None]) -> None:
        """Until it ends, or is cancelled because the process does."""
        self._hold(talk, self._running)

    def transcribe(self, sound: Coroutine[Any, Any, None]) -> None:
        """What was said, beside the talk and after its end. It is told to end where that takes too long, and may then save so much."""
        self._hold(sound, self._transcribing)

    def save(self, words: Coroutine[Any, Any, None]) -> None:
        """What is known of it."""
        self._hold(words, self._saving)

    async def end(self) -> None:
        """For a process that ends. A talk that is ended may still have something to save."""
        for tasks, seconds in ((self._running, MAX_ENDING_SECONDS), (self._transcribing, MAX_SAVING_SECONDS)):
            for task in tasks:
                task.cancel()
            await self._until_saved(seconds)

    async def _until_saved(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + seconds
        while (tasks := self._running | self._transcribing | self._saving) and (left := ends_at - loop.time()) > 0:
            await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    def _hold(self, coroutine: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
        among.add(task := self._keep(coroutine))
        task.add_done_callback(among.discard)
