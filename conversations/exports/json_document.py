"""A conversation as JSON, to be read by programs: all of its branches. The format is described in docs/export.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from django.utils import timezone

from conversations.broadcast import frames
from conversations.models import Conversation, Message

from . import reading

FORMAT = "chatbot-conversation"
VERSION = 1


def document(conversation: Conversation, paths: Mapping[str, str] | None = None) -> Iterator[bytes]:
    """The document's bytes, a message at a time. `paths`: where the files are that come with it, by their ids."""
    head: dict[str, Any] = {"format": FORMAT, "version": VERSION, "exported": timezone.now(), "conversation": _conversation(conversation)}
    if paths is not None:
        head["files"] = paths
    yield orjson.dumps(head).removesuffix(b"}") + b',"messages":['
    separator = b"\n"
    for message in reading.whole_tree(conversation):
        yield separator + orjson.dumps(_message(message))
        separator = b",\n"
    yield b"\n]}\n"


def _conversation(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.pk,
        "title": conversation.title,
        "prompt": conversation.prompt.name if conversation.prompt else None,
        "variables": conversation.variables,
        "created": conversation.created,
        "updated": conversation.updated,
        "pinned": conversation.pinned,
        "archived": conversation.archived,
        "shown": conversation.leaf_id,
    }


def _message(message: Message) -> dict[str, Any]:
    version = message.prompt_version
    return {
        "id": message.pk,
        "parent": message.parent_id,
        "role": message.role,
        "status": message.status,
        "parts": message.parts,
        "model": message.model,
        "note": reading.note(message),
        "prompt": {"name": version.prompt.name, "version": version.number} if version else None,
        "finish_reason": message.finish_reason,
        "error": frames.error_json(message),
        "usage": message.usage,
        "created": message.created,
        "started": message.started,
        "first_token": message.first_token,
        "finished": message.finished,
    }
