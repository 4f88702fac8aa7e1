"""The events of one answer for a visitor, until it ends. Positions make them count once each, however often the visitor comes back.

A client begins with no text, at position 0. One that holds position E applies a `delta` whose `offset` is E, ignores one whose `end` is at
most E, and otherwise asks again: what it is then given first, a `snapshot`, is all that was said. See docs/widget.md.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import orjson

from conversations.api.responses import reply_frames
from conversations.api.responses.listener import Listener
from conversations.models import RUNNING, Message, User
from conversations.processes.supervisor import Supervisor

from . import documents, pictures

log = logging.getLogger(__name__)

KEEP_ALIVE = b": \n\n"


async def events(
    supervisor: Supervisor, user: User, reply: Message, listener: Listener, first: dict[str, Any] | None = None
) -> AsyncGenerator[bytes]:
    """`listener` watches the conversation already. `first`: an event that comes before all others. Leaving it ends nothing."""
    try:
        yield KEEP_ALIVE if first is None else _event(first)
        async with aclosing(reply_frames.until_end(supervisor, user, reply, listener)) as frames:
            async for frame in frames:
                if frame is None:
                    yield KEEP_ALIVE
                elif isinstance(frame, Message):
                    yield _event({"type": "finished", "message": documents.of(frame)})
                elif frame["type"] == "delta":
                    text = frame["text"] if frame["kind"] in documents.SAID else ""
                    yield _event({"type": "delta", "text": text, "offset": frame["offset"], "end": frame["end"]})
                elif frame["type"] == "snapshot" and frame["status"] in RUNNING:
                    seen = {"pictures": shown} if (shown := pictures.shown(frame["parts"])) else {}
                    yield _event({"type": "snapshot", "text": documents.said(frame["parts"]), "end": frame["end"], **seen})
                elif frame["type"] == "retrying":
                    yield _event({"type": "retrying", "seconds": frame["seconds"]})
    except Message.DoesNotExist:
        log.info("Answer %s was deleted while a visitor followed it", reply.pk)
    finally:  # also where the frames have not begun
        listener.leave()


def _event(fields: dict[str, Any]) -> bytes:
    return b"data: %b\n\n" % orjson.dumps(fields)
