"""Chats that are kept: their answers are those of the page, and outlive the requests that asked for them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse

from conversations.api import fields, parameters
from conversations.api.authentication import Caller
from conversations.api.fields import Body, wrong
from conversations.api.responses import asking, following, reply_frames
from conversations.api.responses.listener import Listener
from conversations.commands import execute
from conversations.models import Message, Scope
from conversations.processes import supervisor
from conversations.processes.supervisor import Supervisor
from conversations.providers.parts import Delta

from . import messages
from .chats import Asked, Chat
from .chunks import Chunks, ChunkStream

LONGEST_ID = 200
TRIGGERS = ("submit-message", "regenerate-message")


async def create(caller: Caller, body: Body) -> ChunkStream:
    """Ask as the page does. The answer goes on where its client leaves."""
    process = supervisor.current()
    asked = await process.database.do(partial(asked_by, caller, body))
    message, listener = await asking.begun(process, caller, asked.command, asked.request_id, **asked.given)
    return await ChunkStream.begun(_events(process, caller, message, listener))


def show(request: HttpRequest, caller: Caller, *, chat: str) -> JsonResponse:
    """What was asked and answered in a chat, as a page begins with it; nothing, where there is no such chat."""
    caller.require(Scope.CHAT)
    return JsonResponse({"id": chat, "messages": Chat(caller, chat).messages()})


async def resume(request: HttpRequest, caller: Caller, *, chat: str) -> ChunkStream | HttpResponse:
    """All of the answer that is being written in a chat, from its beginning; 204 where none is."""
    message = await database_sync_to_async(_running)(caller, chat)
    if message is None:
        return HttpResponse(status=204)
    process = supervisor.current()
    look = partial(reply_frames.one, caller.user, message.pk)
    try:
        listener, message = await Listener.watching(process.hub, message.conversation_id, look)
    except Message.DoesNotExist:
        return HttpResponse(status=204)
    return await ChunkStream.begun(_events(process, caller, message, listener))


async def stop(request: HttpRequest, caller: Caller, *, chat: str) -> HttpResponse:
    """End the answer that is being written in a chat. What it said stays."""
    message = await database_sync_to_async(_running)(caller, chat)
    if message is not None:
        await execute.stop(supervisor.current(), caller.user, message.pk)
    return HttpResponse(status=204)


def asked_by(caller: Caller, body: Body) -> Asked:
    """What a request asks. Synchronous. Raises ApiError."""
    absent = dict.fromkeys(("max_output_tokens", "temperature", "top_p", "reasoning", "tools"))
    parameters.refuse_what_is_missing(body, **absent, tool_choice="auto")
    chat = Chat(caller, fields.text(body, "id", longest=LONGEST_ID))
    trigger = fields.choice(body, "trigger", *TRIGGERS)
    *before, (name, last) = messages.named(body.get("messages"))
    if last.get("role") != "user":
        raise wrong(name, "a message of the user: an answer that is stored follows one")
    message_id, text = fields.text(last, "id", within=f"{name}.", longest=LONGEST_ID), messages.text(last, name)
    if trigger == "regenerate-message":
        return chat.regenerated(message_id, text)
    return chat.sent(
        [message for _, message in before],
        message_id,
        text,
        prompt=asking.prompt_of(caller, body["model"]),
        variables=parameters.variables(body) or None,
    )


async def _events(process: Supervisor, caller: Caller, message: Message, listener: Listener) -> AsyncGenerator[bytes]:
    chunks = Chunks()
    try:
        yield chunks.beginning(f"resp_{message.pk.hex}", conversation=f"conv_{message.conversation_id.hex}")
        async with aclosing(following.steps(process, caller.user, message, listener)) as steps:
            async for step in steps:
                if isinstance(step, Delta):
                    yield chunks.said(step.kind, step.text, step.call)
                else:
                    yield following.KEEP_ALIVE if step is None else chunks.end(following.ended(step))
    except Message.DoesNotExist:
        yield chunks.broken_off("This answer was deleted while it was written.")
    finally:  # also where the steps have not begun
        listener.leave()


def _running(caller: Caller, chat: str) -> Message | None:
    caller.require(Scope.CHAT)
    return Chat(caller, chat).running()
