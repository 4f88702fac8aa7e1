"""The events of one answer for a visitor, until it ends. Positions make them count once each, however often the visitor comes back.

A client begins with no text, at position 0. One that holds position E applies a `delta` whose `offset` is E, ignores one whose `end` is at
most E, and otherwise asks again: what it is then given first, a `snapshot`, is all that was said. See docs/widget.md.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from typing import Any

import orjson
from channels.db import database_sync_to_async

from conversations.api.responses.listener import Listener
from conversations.commands import watch
from conversations.models import RUNNING, Message, User
from conversations.processes.supervisor import Supervisor

from . import documents

log = logging.getLogger(__name__)

KEEP_ALIVE = b": \n\n"


async def events(
    supervisor: Supervisor, user: User, reply: Message, listener: Listener, first: dict[str, Any] | None = None
) -> AsyncGenerator[bytes]:
    """`listener` watches the conversation already. `first`: an event that comes before all others. Leaving it ends nothing."""
    end = -1
    try:
        yield KEEP_ALIVE if first is None else _event(first)
        while reply.is_running:
            if end < 0 or listener.missed:
                end, listener.missed = 0, False
                await watch.catch_up(supervisor, user, reply.conversation_id, listener)
            frame = await listener.next()
            if frame is None:
                if not listener.missed:
                    yield KEEP_ALIVE
                reply = await _again(user, reply)
            elif frame.get("message") != str(reply.pk):
                continue
            elif frame["type"] == "delta" and frame["end"] > end:
                if frame["offset"] != end:
                    listener.missed = True
                    continue
                end = frame["end"]
                text = frame["text"] if frame["kind"] in documents.SAID else ""
                yield _event({"type": "delta", "text": text, "offset": frame["offset"], "end": end})
            elif frame["type"] == "snapshot":
                end = max(end, frame["end"])
                if frame["status"] in RUNNING:
                    yield _event({"type": "snapshot", "text": documents.said(frame["parts"]), "end": frame["end"]})
                else:
                    reply = await _again(user, reply)
            elif frame["type"] == "retrying":
                yield _event({"type": "retrying", "seconds": frame["seconds"]})
            elif frame["type"] == "finished":
                reply = await _again(user, reply)
        yield _event({"type": "finished", "message": documents.of(reply)})
    except Message.DoesNotExist:
        log.info("Answer %s was deleted while a visitor followed it", reply.pk)
    finally:
        listener.leave()


async def _again(user: User, reply: Message) -> Message:
    return await database_sync_to_async(Message.objects.of(user).get)(pk=reply.pk)


def _event(fields: dict[str, Any]) -> bytes:
    return b"data: %b\n\n" % orjson.dumps(fields)
