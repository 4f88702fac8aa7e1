"""An answer that a program asked for and that no conversation holds: counted like its user's own, and for its token."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from decimal import Decimal
from functools import partial
from typing import Any, NamedTuple, TypeVar

from django.db import transaction

from conversations.commands.refusals import Refused
from conversations.generation import admission, quoted_files, settlement
from conversations.generation.unstored_answer import Candidate, Step, UnstoredAnswer
from conversations.models import PromptVersion, Purpose, SystemPrompt, switches
from conversations.models.identifiers import new_id
from conversations.processes.supervisor import Supervisor
from conversations.processes.unstored import Unstored
from conversations.providers.request import Turn
from conversations.providers.tools import Tools
from conversations.rendering import told
from conversations.usage.ledger import recording

from . import assistants
from .assistants import Assistant
from .authentication import Caller
from .errors import ApiError

MAX_SECONDS = 540.0
"""OpenAI's clients wait for ten minutes."""
MAX_RUNNING = 200
"""Of one user, in a process."""

Begun = TypeVar("Begun", bound=Unstored)


class Question(NamedTuple):
    """What a program asks. `values`: for the variables of the assistant's prompt."""

    model: str
    system: str
    turns: Sequence[Turn]
    parameters: Mapping[str, Any]
    values: Mapping[str, Any]
    output_schema: Mapping[str, Any] | None = None
    tools: Tools | None = None


class Answer(UnstoredAnswer):
    """`prepare` raises ApiError or Exceeded where a limit stands in its way."""

    def __init__(
        self,
        answer_id: uuid.UUID,
        caller: Caller,
        question: Question,
        candidate: Candidate,
        version: PromptVersion | None,
        supervisor: Supervisor,
    ) -> None:
        super().__init__(
            candidate,
            question.turns,
            owner_id=caller.user.pk,
            database=supervisor.database,
            throttle=supervisor.throttle,
            max_seconds=MAX_SECONDS,
            as_they_are=True,
        )
        self.reply.pk = answer_id
        self.reply.token_id, self.reply.prompt_version = caller.token.pk, version
        self._supervisor = supervisor
        self._file_tokens = sum(file.tokens for turn in question.turns for file in turn.files)

    async def steps(self) -> AsyncGenerator[Step]:
        with self._supervisor.unstored.running(self):
            async with aclosing(super().steps()) as steps:
                async for step in steps:
                    yield step

    def reserve(self) -> None:
        beside = self._supervisor.unstored.beside(self)
        require_few(beside)
        with transaction.atomic():
            admission.require_unstored(self.reply, self.texts, beside, self._file_tokens)
        self._supervisor.unstored.admit(self)

    @transaction.atomic
    def settle(self) -> Decimal | None:
        rows = recording.record(
            self.attempts.log.done,
            purpose=Purpose.API,
            reply_id=None,
            owner_id=self.reply.owner_id,
            version_id=self.reply.prompt_version_id,
            token_id=self.reply.token_id,
        )
        settlement.settle_auxiliary(self.reply.pk, self.reply.owner_id, rows)
        return recording.dollars(rows)


async def let_in(supervisor: Supervisor, begin: Callable[[uuid.UUID], Begun]) -> Begun:
    """What `begin`, which is synchronous, makes with this id and reserves. It is settled where the caller goes meanwhile.

    Raises what `begin` does, and Refused while the process stops.
    """
    request_id = new_id()  # one for all of a job's runs, of which there may be two
    try:
        return await supervisor.database.do_for_caller(partial(_let_in, supervisor, begin, request_id), lambda begun: begun.settle())
    except BaseException:
        supervisor.unstored.leave(request_id)
        raise


def _let_in(supervisor: Supervisor, begin: Callable[[uuid.UUID], Begun], request_id: uuid.UUID) -> Begun:
    if supervisor.is_draining:
        raise Refused("draining", "The server is restarting. Ask again in a moment.")
    return begin(request_id)


def require_few(beside: int) -> None:
    """Raises ApiError where so many are written for one user beside another one."""
    if beside >= MAX_RUNNING:
        raise ApiError(
            429, f"{MAX_RUNNING} answers are being written for you at once already. Wait for one.", code="too_many", retry_after=1
        )


async def prepared(caller: Caller, question: Question, supervisor: Supervisor) -> Answer:
    """Reserved, and ready to be asked for: pull its steps. Raises ApiError, Exceeded, and Refused while the process stops."""
    return await let_in(supervisor, partial(_prepared, caller, question, supervisor))


def _prepared(caller: Caller, question: Question, supervisor: Supervisor, answer_id: uuid.UUID) -> Answer:
    asked = assistants.asked(caller, question.model)
    if isinstance(asked, Assistant):
        candidate, version = _of_assistant(asked, caller, question), asked.version
    else:
        candidate, version = Candidate(question.system, asked, question.parameters, (), question.output_schema, question.tools), None
    _require_switched_on(version.prompt if version else None, question)
    question = question._replace(turns=[quoted_files.in_text(turn) for turn in question.turns])
    answer = Answer(answer_id, caller, question, candidate, version, supervisor)
    answer.prepare()
    return answer


def _require_switched_on(prompt: SystemPrompt | None, question: Question) -> None:
    for file in (file for turn in question.turns for file in turn.files):
        if refusal := switches.refusal("images" if file.kind == "image" else "files", prompt):
            raise ApiError(403, refusal, code="switched_off")


def _of_assistant(asked: Assistant, caller: Caller, question: Question) -> Candidate:
    """The assistant's instructions come first, then the caller's. The caller's parameters count before the assistant's."""
    version = asked.version
    try:
        system, examples = told.tried(version, caller.user, question.values, as_template=version.is_template)
    except told.Unfilled as error:
        raise ApiError(400, str(error), param="prompt.variables", code="invalid_variables") from error
    return Candidate(
        "\n\n".join(filter(None, (system, question.system))),
        version.model,
        {**version.parameters, **question.parameters},
        examples,
        question.output_schema or version.output_schema,
        question.tools,
    )
