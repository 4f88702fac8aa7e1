"""Responses that are generated in the background, with or without readers."""

import asyncio
from collections.abc import AsyncIterator

from .received import Request
from .script import Answer, Hangup, Hold, Reset, Stay, Wait
from .wording import Wording


class BackgroundResponse:
    """Takes the steps of its answer on its own. Hangup and Reset break only the connection of the request."""

    def __init__(self, response_id: str, request: Request, answer: Answer) -> None:
        self.id = response_id
        self.status = "in_progress"
        self._answer = answer
        self._wording = Wording(request, answer, response_id)
        self._said: list[tuple[int, bytes | Hangup | Reset]] = []
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._make())

    @property
    def document(self) -> dict[str, object]:
        return {"id": self.id, "object": "response", "status": self.status, "background": True, "output": []}

    def cancel(self) -> None:
        if self.status == "in_progress":
            self.status = "cancelled"
            self._task.cancel()
            self._tell()

    async def follow(self, after: int | None = None) -> AsyncIterator[bytes | Hangup | Reset]:
        """What was said after event number `after`, then what comes; with None, all of it, and what befalls the first connection."""
        place = 0
        while True:
            news = self._news
            while place < len(self._said):
                number, said = self._said[place]
                place += 1
                if after is None or (number > after and isinstance(said, bytes)):
                    yield said
            if self.status != "in_progress":
                return
            await news.wait()

    async def _make(self) -> None:
        self._say(self._wording.beginning())
        for step in self._answer.steps:
            if isinstance(step, Wait):
                await asyncio.sleep(step.seconds)
            elif isinstance(step, Hold):
                await step.gate.pass_through()
            elif isinstance(step, Stay):
                await asyncio.sleep(3600)
            elif isinstance(step, Hangup | Reset):
                self._said.append((self._wording.number - 1, step))
                self._tell()
            else:
                self._say(self._wording.of(step))
        self.status = "completed"
        self._tell()

    def _say(self, pieces: list[bytes]) -> None:
        first = self._wording.number - len(pieces)
        self._said += [(first + index, piece) for index, piece in enumerate(pieces)]
        self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
