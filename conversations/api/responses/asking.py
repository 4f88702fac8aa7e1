"""A program asks for an answer that is stored, by the commands of the page."""

from __future__ import annotations

import uuid
from typing import Any

from channels.db import database_sync_to_async

from conversations.api import assistants, errors
from conversations.api.authentication import Caller
from conversations.api.errors import ApiError
from conversations.commands.execute import Command, execute
from conversations.models import LIVE, STAGING, Message
from conversations.processes.supervisor import Supervisor

from . import reply_frames
from .listener import Listener


async def begun(process: Supervisor, caller: Caller, command: Command, request_id: uuid.UUID, **given: Any) -> tuple[Message, Listener]:
    """The reply that a command makes, and what hears of it. Raises Refused, and ApiError where it is deleted at once."""
    listener = Listener(process.hub)
    try:
        with listener.left_on_error():
            await execute(process, command, lambda: caller.user, request_id, listener, **given)
            assert listener.accepted is not None
            return await database_sync_to_async(reply_frames.one)(caller.user, uuid.UUID(listener.accepted["reply"])), listener
    except Message.DoesNotExist:
        raise errors.not_found("The response was deleted while it was written.") from None


def prompt_of(caller: Caller, model: str) -> str:
    """The assistant that is named, as users name it when they choose it. Synchronous. Raises ApiError."""
    asked = assistants.named(caller, model) if model else None
    if asked is None:
        raise ApiError(
            404, f"There is no assistant “{model[:200]}”: a response is stored of assistants only.", param="model", code="model_not_found"
        )
    if asked.label not in ("", LIVE, STAGING):
        raise ApiError(400, f"A response is stored of what is live, or “@{STAGING}”.", param="model", code="unsupported_value")
    return f"{asked.prompt.slug}:{STAGING}" if asked.label == STAGING else asked.prompt.slug
