"""The frames of one reply while it is written, each once and without a gap, whatever becomes of it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator

from channels.db import database_sync_to_async

from conversations.broadcast.frames import Frame
from conversations.commands import watch
from conversations.models import RUNNING, Message, User
from conversations.processes.supervisor import Supervisor

from .listener import Listener


async def until_end(supervisor: Supervisor, user: User, message: Message, listener: Listener) -> AsyncGenerator[Frame | Message | None]:
    """First a snapshot, then deltas that follow each other, another snapshot where some were missed, and what else is told of the reply.

    None where nothing comes for a while, and last the reply as it ended. `listener` watches the conversation already, and leaves it at the
    end. Raises Message.DoesNotExist where the reply was deleted.
    """
    end = -1
    listener.watch(user.pk)  # which is told that a conversation is deleted
    try:
        while message.is_running:
            if end < 0 or listener.missed:
                end, listener.missed = 0, False
                await watch.catch_up(supervisor, user, message.conversation_id, listener)
            frame = await listener.next()
            if frame is None:
                if not listener.missed:
                    yield None
                message = await database_sync_to_async(one)(user, message.pk)
            elif frame.get("removed") is True and frame.get("conversation") == str(message.conversation_id):
                raise Message.DoesNotExist
            elif frame.get("message") != str(message.pk) or (frame["type"] == "delta" and frame["end"] <= end):
                continue
            elif frame["type"] == "delta" and frame["offset"] != end:
                listener.missed = True
            elif frame["type"] == "finished":
                message = await database_sync_to_async(one)(user, message.pk)
            else:
                if frame["type"] in ("delta", "snapshot"):
                    end = max(end, frame["end"])
                yield frame
                if frame["type"] == "snapshot" and frame["status"] not in RUNNING:
                    message = await database_sync_to_async(one)(user, message.pk)
        yield message
    finally:
        listener.leave()


def one(user: User, message_id: uuid.UUID) -> Message:
    """Synchronous. Raises Message.DoesNotExist."""
    return Message.objects.of(user).select_related("prompt_version__prompt").get(pk=message_id)
