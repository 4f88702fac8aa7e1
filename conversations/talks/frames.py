"""What a page is told of a talk, beside the sound. See docs/protocol.md."""

from __future__ import annotations

import uuid
from datetime import datetime

from conversations.broadcast.frames import Frame


def talking(conversation: uuid.UUID | None, model: str) -> Frame:
    """It has begun, or goes on after a break. `conversation` is null until something was said in a new one."""
    return {"type": "talking", "conversation": conversation, "model": model}


def reconnecting(detail: str) -> Frame:
    return {"type": "reconnecting", "detail": detail}


def speech(state: str) -> Frame:
    """The user has “begun” to speak, or “ended”. What is still to be played is of no use when they begin."""
    return {"type": "speech", "state": state}


def turn(conversation: uuid.UUID, message: uuid.UUID, reply: uuid.UUID) -> Frame:
    """What the user said has a message, and will have a reply."""
    return {"type": "turn", "conversation": conversation, "message": message, "reply": reply}


def heard(message: uuid.UUID, text: str, *, final: bool) -> Frame:
    """What was understood of the user, so far or as a whole."""
    return {"type": "heard", "message": message, "text": text, "final": final}


def speaking(reply: uuid.UUID, item: str) -> Frame:
    """The binary frames that follow are of this item, from its beginning."""
    return {"type": "speaking", "reply": reply, "item": item}


def caption(reply: uuid.UUID, text: str) -> Frame:
    """More of what the assistant says."""
    return {"type": "caption", "reply": reply, "text": text}


def answered(reply: uuid.UUID | None, problem: str = "") -> Frame:
    """No more comes of this answer. `problem`: why, where it failed, or where none was let in for now."""
    return {"type": "answered", "reply": reply, "problem": problem or None}


def ended(code: str, detail: str, resets: datetime | None = None) -> Frame:
    """The last frame. `code`: see docs/protocol.md."""
    frame = {"type": "ended", "code": code, "detail": detail}
    return frame if resets is None else {**frame, "resets": resets}
