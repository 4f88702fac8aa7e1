"""An answer that no conversation holds: what a wording, a model and parameters make of given turns, by the same attempts as a reply.

It ends with the caller that pulls its steps: there is nothing that another process could go on with.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from time import monotonic
from typing import Any, NamedTuple

from django.db import DatabaseError, InterfaceError

from conversations.database_jobs import DatabaseJobs
from conversations.models import OK, STOPPED, Message, Role, Status
from conversations.providers import finish_reasons
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta, Picture, Source, WasReasoning
from conversations.providers.request import Turn
from conversations.providers.tools import Tools

from .attempt_loop import AttemptLoop, Finished
from .deadline import Deadline
from .output import Output
from .request_builder import Given
from .throttle import Throttle
from .waiting import Retrying

log = logging.getLogger(__name__)

MAX_SECONDS = 600.0
"""Less than after which what is reserved for it is taken for left behind."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is asked: the system prompt as the model gets it, which model (empty: the default one), and with what parameters."""

    system: str
    model: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    examples: Sequence[Mapping[str, str]] = ()
    """Messages that come before all turns, each with its role and its text."""
    output_schema: Mapping[str, Any] | None = None
    """The JSON schema that the answer follows."""
    tools: Tools | None = None


class Ended(NamedTuple):
    """How it ended, and what it took. `status` is that of a message: complete, stopped, interrupted or failed."""

    status: Status
    parts: list[dict[str, Any]]
    error: ProviderError | None
    finish_reason: str
    model: str
    """That was asked."""
    note: str
    """A sentence for users on how it came about, such as that another model answered."""
    usage: dict[str, Any] | None
    """Tokens, as in a message's; None where nothing is known."""
    cost: Decimal | None
    """US dollars of all attempts; None where a price is unknown."""
    first_token_seconds: float | None
    """From the beginning, waiting and retries included."""
    seconds: float
    attempts: int


Step = Delta | WasReasoning | Source | Retrying | Ended


class UnstoredAnswer(ABC):
    """Of one candidate to these turns, the last of which is the user's, unless they are given `as_they_are`.

    `owner_id`: who asks. `database` and `throttle` are those of the event loop that it runs on. What it takes is for subclasses to count.
    """

    def __init__(
        self,
        candidate: Candidate,
        turns: Sequence[Turn],
        *,
        owner_id: uuid.UUID,
        database: DatabaseJobs,
        throttle: Throttle,
        max_seconds: float = MAX_SECONDS,
        as_they_are: bool = False,
    ) -> None:
        # Never saved: it is what the attempt loop knows of a reply.
        self.reply = Message(owner_id=owner_id, role=Role.ASSISTANT, status=Status.PENDING, model=candidate.model)
        self.reply.parameters = dict(candidate.parameters)
        self.output = Output([])
        key = f"text:{sha256(candidate.system.encode('utf-8', 'replace')).hexdigest()[:32]}"
        given = Given(candidate.system, turns, key, candidate.examples, candidate.output_schema, candidate.tools, as_they_are=as_they_are)
        self.texts = [given.system, *(one["text"] for one in candidate.examples), *(turn.text for turn in turns)]
        self.texts += [f"{call.name}{call.arguments}" for turn in turns for call in turn.calls]
        if candidate.tools is not None:
            self.texts.append(candidate.tools.text)
        self.attempts = AttemptLoop(self.reply, self.output, throttle, given=given)
        self._database, self._deadline = database, Deadline(max_seconds)
        self._is_stopped = False
        self._given_up: ProviderError | None = None
        self._is_prepared = False

    @property
    def id(self) -> uuid.UUID:
        return self.reply.pk

    @property
    def owner_id(self) -> uuid.UUID:
        return self.reply.owner_id

    def prepare(self) -> None:
        """Reserve, and find out what is first asked, in one go where its caller is in the database's thread anyway. Raises Exceeded."""
        self.reserve()
        self.attempts.prepare()
        self._is_prepared = True

    @abstractmethod
    def reserve(self) -> None:
        """Hold back what it may take, before it begins. Synchronous. Raises Exceeded."""

    @abstractmethod
    def settle(self) -> Decimal | None:
        """Write its attempts to the ledger, and count them, when it has ended. Synchronous. Returns US dollars; None: unknown."""

    def stop(self) -> None:
        """End it now: the connection to the provider closes at once. What it took is still counted, and `Ended` still comes."""
        self._is_stopped = True
        self.attempts.end()
        self._deadline.end()

    def give_up(self, error: ProviderError) -> None:
        """End it now as a failure."""
        self._given_up = error
        self.stop()

    async def steps(self) -> AsyncGenerator[Step]:
        """Deltas as they come, Retrying before each further attempt, and Ended last, however it ends.

        Raises Exceeded before anything else where `reserve` does. If it is left before its end, it is stopped.
        """
        if not self._is_prepared:
            await self._database.do(self.reserve)
        began, first_token_seconds = monotonic(), None
        self._deadline.begin()
        status, error, outcome = Status.STOPPED, None, STOPPED
        try:
            async with aclosing(self._in_time()) as steps:
                async for step in steps:
                    if isinstance(step, Delta) and first_token_seconds is None:
                        first_token_seconds = monotonic() - began
                    yield step
            if self._given_up is not None:
                raise self._given_up
            if not self._is_stopped:
                status, outcome = Status.COMPLETE, OK
        except ProviderError as failure:
            status, error, outcome = self._failed(failure)
        except Exception as failure:
            log.exception("An answer failed")
            status, error, outcome = self._failed(ProviderError("internal", cause=type(failure).__name__))
        finally:
            seconds = monotonic() - began
            self.attempts.end()
            self.attempts.log.close(outcome)
            cost = await asyncio.shield(self._settle())
        yield Ended(
            status=status,
            parts=self.output.parts,
            error=error,
            finish_reason=self.attempts.finish_reason,
            model=self.attempts.model,
            note=self.attempts.note,
            usage=self.attempts.usage_json,
            cost=cost,
            first_token_seconds=first_token_seconds,
            seconds=seconds,
            attempts=self.attempts.log.number,
        )

    async def _in_time(self) -> AsyncGenerator[Delta | WasReasoning | Source | Retrying]:
        """The steps of all attempts until they end, or are stopped, or take too long. Raises ProviderError."""
        async with aclosing(self.attempts.steps()) as steps:
            while not self._is_stopped:
                try:
                    step = await self._deadline.next(steps)
                except TimeoutError:
                    if self._is_stopped:
                        return
                    raise ProviderError("timeout", cause=f"The answer took longer than {self._deadline.seconds:.0f} s.") from None
                match step:
                    case None:
                        return
                    case Finished(finish_reasons.CONTENT_FILTER):
                        raise ProviderError("content_filter", cause="finish_reason: content_filter")
                    case Finished():
                        continue
                    case Delta():
                        self.output.append(step.kind, step.text, step.call)
                    case Picture():  # of a reply alone
                        continue
                    case Source():
                        self.output.cite(step)
                    case WasReasoning(characters):
                        self.output.turn_into_reasoning(characters)
                yield step

    def _failed(self, error: ProviderError) -> tuple[Status, ProviderError, str]:
        is_begun = self.output.length and error.kind != "content_filter"
        return (Status.INTERRUPTED if is_begun else Status.FAILED), error, error.kind

    async def _settle(self) -> Decimal | None:
        try:
            return await self._database.do(self.settle)
        except (DatabaseError, InterfaceError) as error:
            log.warning("An answer is missing in the ledger, because the database can't be reached: %s", error)
            return None
