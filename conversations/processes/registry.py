"""The replies that run in this process."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conversations.generation.reply import RunningReply

_replies: dict[uuid.UUID, RunningReply] = {}


def add(reply: RunningReply) -> None:
    _replies[reply.id] = reply


def remove(reply: RunningReply) -> None:
    """Drop it, unless a later run of the same message has taken its place."""
    if _replies.get(reply.id) is reply:
        del _replies[reply.id]


def get(message_id: uuid.UUID) -> RunningReply | None:
    return _replies.get(message_id)


def every() -> list[RunningReply]:
    return list(_replies.values())


def in_conversation(conversation_id: uuid.UUID) -> list[RunningReply]:
    return [reply for reply in every() if reply.conversation_id == conversation_id]


def count() -> int:
    return len(_replies)


class OnLoop(Iterable["RunningReply"]):
    """The replies that run on one event loop, as they come and go."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def __iter__(self) -> Iterator[RunningReply]:
        return iter([reply for reply in every() if reply.loop is self._loop])
