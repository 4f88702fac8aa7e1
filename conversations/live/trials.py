"""The WebSocket of a page on which prompts are tried. A trial belongs to its page: it ends with the connection."""

from __future__ import annotations

import uuid
from collections import Counter
from contextlib import aclosing
from typing import Any

from channels.db import database_sync_to_async

from conversations.broadcast import frames
from conversations.commands.refusals import Refused
from conversations.generation.unstored_answer import Candidate, Ended
from conversations.generation.waiting import Retrying
from conversations.models import PromptVersion, User
from conversations.process_cache import kept
from conversations.providers.parts import Delta, Source, WasReasoning
from conversations.rendering import told
from conversations.trials.trial import Trial
from conversations.usage.exceeded import Exceeded

from . import trial_frames
from .command_frames import Command
from .connection import Connection
from .consumer import ChatConsumer
from .dispatch import Sender, carry_out
from .token_bucket import TokenBucket

MAX_RUNNING = 12
"""Of one user in a process: two pages full."""

_running: Counter[uuid.UUID] = kept(Counter())
_pace: dict[uuid.UUID, TokenBucket] = kept({})


class TrialConsumer(ChatConsumer):
    """One page."""

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        self._trials: dict[uuid.UUID, Trial] = {}
        try:
            await super().__call__(scope, receive, send)
        finally:
            for trial in tuple(self._trials.values()):
                trial.stop()

    async def carry_out(self, connection: Connection, text: str | bytes | None, oversized: dict[str, Any] | None) -> int | None:
        return await carry_out(text, connection, self._rate, oversized, parse=trial_frames.parse, dispatch=self._dispatch)

    async def _dispatch(self, command: Command, sender: Sender) -> None:
        assert command.id is not None
        if command.type == "stop":
            if (trial := self._trials.get(command.id)) is not None:
                trial.stop()
            return
        author, candidate = await database_sync_to_async(_asked)(sender, command.fields)
        if sender.supervisor.is_draining:
            raise Refused("draining", "The server is restarting. Run it again in a moment.")
        if _running[author.pk] >= MAX_RUNNING or not _pace.setdefault(author.pk, TokenBucket(60, 1)).take():
            raise Refused("too_many", "You try a lot at once. Wait a moment, then run it again.")
        if command.id in self._trials:
            raise Refused("busy", "This is running already.")
        supervisor = sender.supervisor
        trial = Trial(candidate, command.fields["turns"], author_id=author.pk, database=supervisor.database, throttle=supervisor.throttle)
        self._trials[command.id] = trial
        _running[author.pk] += 1
        supervisor.keep(self._follow(command.id, trial, author.pk, sender))

    async def _follow(self, key: uuid.UUID, trial: Trial, author_id: uuid.UUID, sender: Sender) -> None:
        try:
            async with aclosing(trial.steps()) as steps:
                async for step in steps:
                    if not isinstance(step, Source):
                        sender.send(_told(key, trial, step))
        except Exceeded as exceeded:
            sender.send(frames.error(exceeded.code, exceeded.detail, key, exceeded.resets))
        except Exception:
            sender.send(frames.error("internal", "Something went wrong on the server. Run it again.", key))
            raise
        finally:
            _running[author_id] -= 1
            del self._trials[key]


def _asked(sender: Sender, fields: dict[str, Any]) -> tuple[User, Candidate]:
    """Who tries what. Synchronous. Raises SignedOut, and Refused where they may not, or where something can't be filled in."""
    user = sender.session.signed_in()
    if not (user.is_staff and user.has_perms(["conversations.view_systemprompt", "conversations.evaluate_systemprompt"])):
        raise Refused("forbidden", "You may not try prompts. An administrator can give you the right to.")
    system, examples = fields["system"], fields["examples"]
    worded = PromptVersion(text=system, variables=fields["variables"], examples=examples)  # never saved
    try:
        system, examples = told.tried(worded, user, fields["values"], as_template=fields["template"])
    except told.Unfilled as error:
        raise Refused("invalid", str(error)) from error
    return user, Candidate(system, fields["model"], fields["parameters"], examples, fields["output_schema"])


def _told(key: uuid.UUID, trial: Trial, step: Delta | WasReasoning | Retrying | Ended) -> frames.Frame:
    match step:
        case Delta():
            return trial_frames.delta(key, step.kind, step.text)
        case WasReasoning():
            return trial_frames.snapshot(key, trial.output.parts)
        case Retrying(kind, seconds):
            return trial_frames.retrying(key, kind, seconds, begun=trial.output.length > 0)
        case Ended():
            return trial_frames.ended(key, step)
