"""Puts every case to every candidate, a few at a time, and has each answer saved as it comes: who begins again goes on where it was."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import product

from conversations.database_jobs import DatabaseJobs
from conversations.generation import job_loop
from conversations.generation.throttle import Throttle
from conversations.usage.exceeded import Exceeded

from .answering import Answer, Asker
from .candidate import AskedCase, Candidate
from .checks import finding
from .checks.finding import Finding
from .funds import CapReached, Funds

AT_ONCE = 4
TICK_SECONDS = 0.25


@dataclass
class Outcome:
    """Of one candidate at one case, once. `findings` are None until they were made."""

    case: AskedCase
    candidate: int
    repeat: int
    answer: Answer | None = None
    findings: list[Finding] | None = None
    judge_cost: int = 0
    is_asked_again: bool = False
    """For what was there failed."""
    earlier_cost: int = 0
    """Nanodollars that this took."""
    verdict: bool | None = None

    @property
    def case_key(self) -> str:
        return self.case.key

    @property
    def passed(self) -> bool | None:
        """None without an answer or without checks."""
        return finding.verdict(self.findings or []) if self.answer and not self.answer.error else None

    @property
    def is_good(self) -> bool | None:
        return self.passed if self.verdict is None else self.verdict

    def paid(self, cost: int) -> None:
        """For a judge, in nanodollars."""
        self.judge_cost += cost

    @property
    def is_over(self) -> bool:
        return self.findings is not None


@dataclass
class Plan:
    candidates: list[Candidate]
    author_id: uuid.UUID
    cap: int
    """Nanodollars."""
    judge_model: str = ""
    hindrance: Callable[[], str] = str
    """Why nothing more may be asked, in a sentence. Called in a thread for the database, before each answer."""


def cells(cases: Iterable[AskedCase], candidates: int, repeats: int) -> list[Outcome]:
    """What is to be asked. By repeats first: where it ends early, every case was asked as often as the others."""
    asked = product(range(repeats), cases, range(candidates))
    return [Outcome(case, candidate, repeat) for repeat, case, candidate in asked]


class Execution:
    """`save` is called in a thread for the database, with each outcome once it has an answer and once it is judged. `tick` is called all
    the while with how many are over; what it raises ends the execution, with nothing left running.
    """

    def __init__(self, plan: Plan, outcomes: list[Outcome], save: Callable[[Outcome], object], tick: Callable[[int, int], object]) -> None:
        self._plan, self._outcomes, self._save, self._tick = plan, outcomes, save, tick
        self._todo = deque(outcome for outcome in outcomes if not outcome.is_over)
        self.stopped = ""
        """Why it ended early, in a sentence."""

    def run(self) -> None:
        """Synchronous; on an event loop of its own, whose database connection is its own, too."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        async with job_loop.entered():
            await self._all()

    async def _all(self) -> None:
        spent = sum((done.answer.cost or 0 if done.answer else 0) + done.earlier_cost + done.judge_cost for done in self._outcomes)
        asker = Asker(self._plan.author_id, DatabaseJobs(), Throttle(lambda: AT_ONCE), Funds(self._plan.cap, spent))
        tasks = {asyncio.create_task(self._work(asker)) for _ in range(AT_ONCE)}
        try:
            while tasks:
                done, tasks = await asyncio.wait(tasks, timeout=TICK_SECONDS, return_when=asyncio.FIRST_EXCEPTION)
                for task in done:
                    task.result()
                self._tick(sum(outcome.is_over for outcome in self._outcomes), len(self._outcomes))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, asker: Asker) -> None:
        while self._todo and not self.stopped:
            outcome = self._todo.popleft()
            if hindrance := await asker.database.do(self._plan.hindrance):
                self.stopped = hindrance
                return
            try:
                await self._one(asker, outcome)
            except (CapReached, Exceeded) as exceeded:
                self.stopped = str(exceeded)

    async def _one(self, asker: Asker, outcome: Outcome) -> None:
        candidate = self._plan.candidates[outcome.candidate]
        if outcome.answer is None:
            outcome.answer = await asker.answer(candidate, outcome.case)
            await asker.database.do(partial(self._save, outcome))
        if outcome.answer.error:
            outcome.findings = []
        else:
            asked = candidate.asked(outcome.case)
            try:
                outcome.findings = await asker.findings(outcome.case, asked, outcome.answer, self._plan.judge_model, outcome.paid)
            except (CapReached, Exceeded):
                await asker.database.do(partial(self._save, outcome))  # with what its first judges took
                raise
        await asker.database.do(partial(self._save, outcome))
