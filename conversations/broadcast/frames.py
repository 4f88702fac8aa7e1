"""The frames that the server sends, as plain dicts: every one is built here, for the socket and for the pages. See docs/protocol.md."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import orjson

from conversations.models import Conversation, Feedback, Message
from conversations.providers import errors

Frame = dict[str, Any]


def encode(event: Frame) -> str:
    """One JSON text frame. UUIDs and times are written as strings."""
    return orjson.dumps(event).decode()


def ready(user: uuid.UUID, version: str) -> Frame:
    """The socket is open, or frames may have been missed: the page watches its conversation (again)."""
    return {"type": "ready", "user": user, "version": version}


def pong(request_id: uuid.UUID | None) -> Frame:
    return {"type": "pong", "id": request_id}


def error(code: str, detail: str, request_id: uuid.UUID | None, resets: datetime | None = None) -> Frame:
    """A command could not be carried out. `resets` only where a limit resets at a known time."""
    frame = {"type": "error", "id": request_id, "code": code, "detail": detail}
    return frame if resets is None else {**frame, "resets": resets}


def accepted(request_id: uuid.UUID, message: Message, reply: Message, notice: str = "") -> Frame:
    """`notice` is a sentence for the user, or empty."""
    frame = {"type": "accepted", "id": request_id, "conversation": reply.conversation_id, "message": message.pk, "reply": reply.pk}
    return {**frame, "notice": notice} if notice else frame


def message(saved: Message, siblings: list[uuid.UUID]) -> Frame:
    return {"type": "message", "conversation": saved.conversation_id, "message": message_json(saved, siblings)}


def delta(
    conversation: uuid.UUID, message: uuid.UUID, part: int, kind: str, text: str, offset: int, end: int, call: Frame | None = None
) -> Frame:
    """`call`: the `id` and `name` of the call that begins with it."""
    frame = {
        "type": "delta",
        "conversation": conversation,
        "message": message,
        "part": part,
        "kind": kind,
        "text": text,
        "offset": offset,
        "end": end,
    }
    return frame if call is None else {**frame, "call": call}


def snapshot(conversation: uuid.UUID, message: uuid.UUID, status: str, parts: list[dict[str, Any]], end: int) -> Frame:
    return {"type": "snapshot", "conversation": conversation, "message": message, "status": status, "parts": parts, "end": end}


def snapshot_of(saved: Message) -> Frame:
    """A snapshot of what is saved."""
    return snapshot(saved.conversation_id, saved.pk, saved.status, saved.parts, saved.end)


def retrying(conversation: uuid.UUID, message: uuid.UUID, kind: str, seconds: float, *, begun: bool) -> Frame:
    """The attempt failed, and the next one begins in `seconds`. `begun`: it goes on with what was said."""
    again = f"Trying again in {seconds:.0f} seconds…" if seconds >= 3 else "Trying again…"
    if begun:
        again = "Reconnecting…"
    return {
        "type": "retrying",
        "conversation": conversation,
        "message": message,
        "kind": kind,
        "detail": f"{errors.reason(kind)} {again}",
        "seconds": round(seconds, 1),
    }


def preview(conversation: uuid.UUID, message: uuid.UUID, image: str) -> Frame:
    """How far a picture has come that is being made; `image` is an address with the data in it."""
    return {"type": "preview", "conversation": conversation, "message": message, "image": image}


def finished(saved: Message) -> Frame:
    """With the pages that its text cites, of which deltas say nothing."""
    sources = [source for part in saved.parts for source in part.get("sources", ())]
    return {
        "type": "finished",
        "conversation": saved.conversation_id,
        "message": saved.pk,
        "status": saved.status,
        "end": saved.end,
        "usage": saved.usage,
        "error": error_json(saved),
        "finish_reason": saved.finish_reason,
        "model": saved.model,
        "note": saved.note or None,
        "started": saved.started,
        "finished": saved.finished,
        **({"sources": sources} if sources else {}),
    }


def conversation(saved: Conversation, *, running: bool) -> Frame:
    return {"type": "conversation", **entry(saved, running=running)}


def removed(conversation_id: uuid.UUID) -> Frame:
    return {"type": "conversation", "conversation": conversation_id, "removed": True}


def branch_removed(conversation_id: uuid.UUID, messages: list[uuid.UUID]) -> Frame:
    """These messages were deleted; a page that shows one of them loads the conversation again."""
    return {"type": "branch", "conversation": conversation_id, "removed": messages}


def feedback(conversation_id: uuid.UUID, message_id: uuid.UUID, given: Feedback | None) -> Frame:
    """The user's feedback on an answer changed, or was taken back."""
    return {"type": "feedback", "conversation": conversation_id, "message": message_id, "feedback": feedback_json(given)}


def entry(saved: Conversation, *, running: bool) -> Frame:
    """A conversation's row in the list."""
    return {
        "conversation": saved.pk,
        "title": saved.title,
        "updated": saved.updated,
        "pinned": saved.pinned,
        "archived": saved.archived,
        "running": running,
        "prompt": saved.chosen_prompt,
        "model": saved.model or None,
        "effort": saved.effort or None,
    }


def message_json(saved: Message, siblings: list[uuid.UUID]) -> Frame:
    """The whole message; `siblings` are the alternatives at its place, itself included, oldest first."""
    version = saved.prompt_version
    return {
        "id": saved.pk,
        "conversation": saved.conversation_id,
        "parent": saved.parent_id,
        "role": saved.role,
        "status": saved.status,
        "parts": saved.parts,
        "end": saved.end,
        "siblings": siblings,
        "model": saved.model,
        "note": saved.note or None,
        "prompt": {"name": version.prompt.name, "version": version.number} if version else None,
        "finish_reason": saved.finish_reason,
        "error": error_json(saved),
        "usage": saved.usage,
        "created": saved.created,
        "started": saved.started,
        "first_token": saved.first_token,
        "finished": saved.finished,
    }


def feedback_json(given: Feedback | None) -> dict[str, Any] | None:
    return None if given is None else {"thumb": given.thumb, "tags": given.tags, "words": given.words}


def error_json(saved: Message) -> dict[str, Any] | None:
    if not saved.error_kind:
        return None
    text = errors.reason if saved.retry_at else errors.sentence  # the page says when, in the user's time zone
    return {"kind": saved.error_kind, "detail": text(saved.error_kind), "retry_at": saved.retry_at}
