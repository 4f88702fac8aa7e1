"""Commands that are posted, by pages whose frames come as an event stream. They are carried out in whichever process they reach."""

from __future__ import annotations

import asyncio
import uuid
from contextvars import Context

from conversations.broadcast import frames
from conversations.processes import supervisor

from . import command_rate
from .authentication import Session
from .dispatch import carry_out


class Answer:
    """Collects what answers a command, and what is published of it while it is carried out: the page's own stream may hear it later."""

    closed = False

    def __init__(self, session: Session) -> None:
        self.loop = asyncio.get_running_loop()
        self.supervisor = supervisor.current()
        self.session = session
        self.frames: list[str] = []
        self._watched: set[uuid.UUID] = set()

    def deliver(self, frame: str) -> None:
        self.frames.append(frame)

    def send(self, frame: frames.Frame) -> None:
        self.deliver(frames.encode(frame))

    def watch(self, topic: uuid.UUID) -> None:
        if not self.closed:
            self._watched.add(topic)
            self.supervisor.hub.add(topic, self)

    def unwatch(self, topic: uuid.UUID) -> None:
        self._watched.discard(topic)
        self.supervisor.hub.remove(topic, self)

    def end(self) -> None:
        """Take no more: a command that is given up goes on without it."""
        self.closed = True
        for topic in tuple(self._watched):
            self.unwatch(topic)

    # It asks for the session itself, and is gone before anything that is published to its user could concern it.

    def recheck(self) -> None: ...

    def signed_out(self, session: str) -> None: ...

    def frames_missed(self) -> None: ...


async def answer(command: str | bytes, session_key: str | None, user_id: uuid.UUID) -> list[str] | int:
    """The frames that answer a command of this user, or the code with which the client is to be cut off."""
    session = Session(session_key, user_id)
    if session_key is None:
        return 4401
    # An empty context: a request has a thread of its own for the database, and the reply that it starts would keep it.
    return await asyncio.create_task(_answer(command, session, command_rate.of_session(session_key)), context=Context())


async def _answer(command: str | bytes, session: Session, rate: command_rate.CommandRate) -> list[str] | int:
    collected = Answer(session)
    try:
        code = await carry_out(command, collected, rate)
    finally:
        collected.end()
    return code or collected.frames
