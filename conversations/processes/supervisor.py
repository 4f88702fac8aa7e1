"""What one process runs: its replies from their beginning to their end, who watches them, and how it drains."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from conversations import logs
from conversations.broadcast.hub import Hub
from conversations.database_jobs import DatabaseJobs
from conversations.generation.reply import Reply
from conversations.generation.throttle import Throttle
from conversations.generation.title_suggestion import FirstExchange, TitleSuggestions, asked
from conversations.models import Message, Purpose, Status
from conversations.models.message_content import text_of
from conversations.providers.errors import ProviderError
from conversations.routing import catalog

from . import checkpoints, completion, handover
from .follower import Follower
from .peers import Peers
from .registry import Registry
from .talks import Talks
from .unstored import UnstoredAnswers

if TYPE_CHECKING:
    from conversations.generation.first_attempt import FirstAttempt
    from conversations.generation.spoken_answer import SpokenAnswer

log = logging.getLogger(__name__)
T = TypeVar("T")

MAX_SAVE_SECONDS = 3600.0
"""The end of a reply is kept so long while the database can't be reached."""
MAX_SAVE_SECONDS_DRAINING = 5.0
TITLED_BY = (Purpose.ANSWER, Purpose.AUDIO)
HANDOVER_SECONDS = 10.0
"""Replies that still run when a drain's time is over have so long to be handed over or saved."""


class Supervisor:
    """`serve` makes one for its process. `current` is the one that views, the admin and sockets of this process work with."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.registry = Registry()
        self.peers = Peers(self.hub, self.registry)
        self.follower = Follower(self.hub, self.registry, self.peers)
        self.database = DatabaseJobs()
        self.titles = TitleSuggestions(self.hub, self.database)
        self.is_draining = False
        """Whether this process takes no new replies any more."""
        self.unstored = UnstoredAnswers()
        self.talks = Talks(self.keep)
        self.throttle = Throttle(lambda: len(self.registry) + len(self.unstored))
        self._checkpoints: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()  # the event loop itself has only weak references to tasks
        self._runs: set[asyncio.Task[None]] = set()
        self._commands: set[asyncio.Task[Any]] = set()  # those whose reply has not begun yet

    def start(
        self, message: Message, first: FirstAttempt | None = None, *, opens: bool = False, spoken: SpokenAnswer | None = None
    ) -> Reply:
        """Run the reply in this process. Its row says that this process holds its lease.

        `first`: what it is first asked with, if known. `opens`: it is the first of a new conversation. `spoken`: a talk's answer.
        """
        reply = Reply(message, self.throttle, self.hub, first, spoken)
        if (earlier := self.registry.get(message.pk)) is not None:  # it was presumed lost and continued; its output doesn't count any more
            earlier.give_up()
        self.registry.add(reply)
        self.follower.runs_here(message.pk)
        self.hub.streaming_begins(reply.conversation_id)
        run = self.keep(self._run(reply, message.parent if opens else None))
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)
        if self._checkpoints is None or self._checkpoints.done():
            self._checkpoints = self.keep(checkpoints.save_periodically(self.registry))
        return reply

    def take_over(self, message: Message) -> None:
        """Continue a reply that another process lost, and that this one has claimed."""
        self.start(message).publish_snapshot()

    def end(self, message_id: uuid.UUID, holder: uuid.UUID | None) -> None:
        """Stop a reply whose row says already that it is to be stopped, or is deleted. Safe from any thread."""
        if (reply := self.registry.get(message_id)) is not None:
            reply.loop.call_soon_threadsafe(reply.stop)
        else:
            self.peers.stop(holder, message_id)

    def keep(self, coroutine: Coroutine[Any, Any, T], *expected: type[Exception]) -> asyncio.Task[T]:
        """Run it to its end even if its caller is cancelled. Errors that are not `expected` are logged."""

        def done(task: asyncio.Task[T]) -> None:
            self._tasks.discard(task)
            if not task.cancelled() and (error := task.exception()) and not isinstance(error, expected):
                log.error("A background task failed", exc_info=error)

        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(done)
        return task

    def keep_command(self, coroutine: Coroutine[Any, Any, T], *expected: type[Exception]) -> asyncio.Task[T]:
        """The same for a command that may start a reply: a drain waits for it."""
        task = self.keep(coroutine, *expected)
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)
        return task

    async def refuse_replies(self) -> None:
        """Take no new replies any more, except those whose command has begun."""
        self.is_draining = self.peers.presence.is_stopping = True
        if self._commands:
            await asyncio.wait(self._commands)

    async def drain(self, seconds: float) -> None:
        """Take no new replies any more and give the running ones `seconds` to finish.

        What still runs then is left to another process (or to the next start) where that can continue it without a seam, and
        otherwise saved as interrupted.
        """
        await self.refuse_replies()
        await asyncio.gather(self._until_done(seconds), self.unstored.until_done(seconds))
        await self.unstored.give_up()
        for reply in self.registry:
            if reply.is_over:  # its end waits for the database
                continue
            if not reply.is_spoken and handover.is_possible(reply.output.parts, reply.upstream, reply.attempts.model, catalog.latest()):
                reply.leave()
            else:
                reply.error = ProviderError("lost", "The server was stopped.")
                reply.stop(Status.INTERRUPTED)
        await self._until_done(HANDOVER_SECONDS)
        self.peers.announce_handover()
        await self.talks.end()
        for task in tuple(self._tasks):  # titles: the next answer requests one again
            if task is not asyncio.current_task():
                task.cancel()

    async def _run(self, reply: Reply, opening: Message | None) -> None:
        """`opening`: the question, where it is the first one of its conversation."""
        logs.reply_id.set(str(reply.id))
        written = completion.Written([])
        try:
            await reply.generate()
            if reply.taken_over:
                await completion.record_attempts(reply)
            else:
                max_seconds = MAX_SAVE_SECONDS_DRAINING if self.is_draining else MAX_SAVE_SECONDS
                written = await completion.finish(reply, max_seconds, self.database)
        finally:
            self.registry.remove(reply)
            reply.saved.set()
            if not self.registry.in_conversation(reply.conversation_id):
                self.hub.streaming_ends(reply.conversation_id)
            if not self.registry and self._checkpoints is not None:
                self._checkpoints.cancel()
                self._checkpoints = None
        if reply.taken_over or not (written.publications or reply.attempts.left_to_others):
            await self.follower.deliver_outcome(reply.id)
        for topic, event in written.publications:
            self.hub.publish(topic, event)
        if reply.status == Status.COMPLETE and written.is_untitled and not self.is_draining and reply.purpose in TITLED_BY:
            known = opening if written.publications else None  # else what is stored may be another process's
            first = FirstExchange(reply.id, asked(known), text_of(reply.output.parts), reply.attempts.model) if known is not None else None
            self.keep(self.titles.suggest(reply.conversation_id, reply.owner_id, first))

    async def _until_done(self, seconds: float) -> None:
        if self._runs:
            await asyncio.wait(self._runs, timeout=seconds)


_current = Supervisor()


def current() -> Supervisor:
    """The supervisor of this process. Without `serve` (in a management command, say) it has no replies and no watchers."""
    return _current


def install(supervisor: Supervisor) -> None:
    """Make this one `current`."""
    global _current
    _current = supervisor
