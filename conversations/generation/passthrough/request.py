"""A program's request that is passed on: attempts at one provider after the other, held back from budgets and written to the ledger.

It ends with the caller that pulls its steps.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError, transaction

from conversations.database_jobs import DatabaseJobs, job_transaction
from conversations.generation import admission, settlement
from conversations.generation.attempt_log import AttemptLog
from conversations.generation.deadline import Deadline
from conversations.generation.next_route import next_route
from conversations.generation.waiting import Waiting
from conversations.models import OK, STOPPED, Purpose
from conversations.providers import retries
from conversations.providers.errors import ProviderError
from conversations.routing import capable, outcomes, routes
from conversations.usage.ledger import recording

from .measure import Measure
from .steps import Begun

if TYPE_CHECKING:
    from conversations.providers.passed import Passed

log = logging.getLogger(__name__)


class PassthroughRequest:
    """`model` as the caller calls it. `token_id`: of the API token that it came with."""

    def __init__(
        self,
        request_id: uuid.UUID,
        passed: Passed,
        model: str,
        measure: Measure,
        *,
        owner_id: uuid.UUID,
        token_id: uuid.UUID,
        database: DatabaseJobs,
        max_seconds: float,
    ) -> None:
        self.id, self.owner_id = request_id, owner_id
        self.passed, self.model, self.measure = passed, model, measure
        self.attempts = AttemptLog(0, None, measure.kind)
        self._token_id, self._database = token_id, database
        self._deadline = Deadline(max_seconds)
        self._given_up: ProviderError | None = None

    def reserve(self, beside: int) -> None:
        """Hold back what it may take. Synchronous. Raises Exceeded."""
        with transaction.atomic():
            admission.require_passed(self.id, self.owner_id, self._token_id, beside, self.model, self.measure.most)

    def settle(self) -> None:
        """Write its attempts to the ledger, and count them. Synchronous."""
        with job_transaction():
            rows = recording.record(self.attempts.done, purpose=Purpose.API, reply_id=None, owner_id=self.owner_id, token_id=self._token_id)
            settlement.settle_auxiliary(self.id, self.owner_id, rows)

    def give_up(self, error: ProviderError) -> None:
        """End it now as a failure."""
        self._given_up = error
        self._deadline.end()

    async def steps(self) -> AsyncGenerator[Begun | bytes]:
        """Begun, and then bytes. Raises ProviderError. Leaving it ends the request. It is settled, however it ends."""
        outcome = STOPPED
        self._deadline.begin()
        try:
            async with aclosing(self._attempted()) as steps:
                while (step := await self._deadline.next(steps)) is not None:
                    yield step
            outcome = OK
        except TimeoutError:
            failure = self._given_up or ProviderError("timeout", f"It took longer than {self._deadline.seconds:.0f} s.")
            outcome = failure.kind
            raise failure from None
        except ProviderError as error:
            outcome = error.kind
            raise
        except Exception as error:
            log.exception("A request that was passed on failed")
            outcome = "internal"
            raise ProviderError("internal", type(error).__name__) from None
        finally:
            self.attempts.close(outcome)
            await asyncio.shield(self._settle())

    async def _attempted(self) -> AsyncGenerator[Begun | bytes]:
        from .attempt import attempt  # here, for httpx2 takes long to load; see `serve`

        tried, waiting = routes.Tried(), Waiting(self.attempts)
        among = partial(capable.has, model=self.model, capability=self.measure.capability)
        has_begun, without_an_answer = False, 0
        while True:
            route = await next_route(self.model, tried, waiting, among)
            try:
                async with aclosing(attempt(self, route)) as steps:
                    async for step in steps:
                        has_begun = True
                        yield step
                return
            except ProviderError as error:
                await database_sync_to_async(outcomes.failed)(route, error, tried)
                if error.kind == "provider" and error.is_no_answer:  # what came to nothing may have to be paid for
                    tried.sources.add(route.source.id)
                    without_an_answer += 1
                if without_an_answer > 1 or has_begun or waiting.is_exhausted or not retries.is_worth_another_try(error):
                    raise
                log.info("Attempt %s at what was passed on failed (%s)", self.attempts.number, error.kind)

    async def _settle(self) -> None:
        try:
            await self._database.do(self.settle)
        except (DatabaseError, InterfaceError) as error:
            log.warning("What was passed on is missing in the ledger, because the database can't be reached: %s", error)
