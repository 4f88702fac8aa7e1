"""Chats that are kept: their answers are those of the page, and outlive the requests that asked for them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from functools import partial
from itertools import pairwise

from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse

from conversations.api import fields, parameters
from conversations.api.authentication import Caller
from conversations.api.fields import Body, wrong
from conversations.api.responses import asking, following, reply_frames, sent_files, stored_question
from conversations.api.responses.following import Beside
from conversations.api.responses.listener import Listener
from conversations.commands import exchange, execute
from conversations.commands.program_request import ProgramRequest
from conversations.models import Message, Scope, function_parts
from conversations.processes import supervisor
from conversations.processes.supervisor import Supervisor
from conversations.providers.parts import Delta
from conversations.providers.request import TurnFile

from . import messages, shown, steps
from .addresses import Addresses
from .chats import Asked, Chat
from .chunks import Chunks, ChunkStream

LONGEST_ID = 200
TRIGGERS = ("submit-message", "regenerate-message")


async def create(request: HttpRequest, caller: Caller, body: Body) -> ChunkStream:
    """Ask as the page does. The answer goes on where its client leaves."""
    process = supervisor.current()
    asked, read_files = await process.database.do(partial(asked_by, caller, body))
    files = {} if asked.command is exchange.regenerate else {"files": await _kept(caller, await asyncio.to_thread(read_files))}
    message, listener = await asking.begun(process, caller, asked.command, asked.request_id, **asked.given, **files)
    with listener.left_on_error():
        earlier = await database_sync_to_async(steps.before)(message)
    return await ChunkStream.begun(_events(process, caller, message, listener, Addresses(request), _identified(earlier, message)))


async def _kept(caller: Caller, given: Sequence[TurnFile | uuid.UUID]) -> list[uuid.UUID]:
    """The ids of the files that a message comes with, which are stored as those that a user attaches. Whose they are, its command asks."""
    kept = iter(await sent_files.kept(caller.user, [file for file in given if isinstance(file, TurnFile)]))
    return [next(kept) if isinstance(file, TurnFile) else file for file in given]


def show(request: HttpRequest, caller: Caller, *, chat: str) -> JsonResponse:
    """What was asked and answered in a chat, as a page begins with it; nothing, where there is no such chat."""
    caller.require(Scope.CHAT)
    return JsonResponse({"id": chat, "messages": Chat(caller, chat).messages(Addresses(request))})


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
    with listener.left_on_error():
        earlier = await database_sync_to_async(steps.before)(message)
    message_id = _identified(earlier, message)
    return await ChunkStream.begun(_events(process, caller, message, listener, Addresses(request), message_id, earlier))


async def stop(request: HttpRequest, caller: Caller, *, chat: str) -> HttpResponse:
    """End the answer that is being written in a chat. What it said stays."""
    message = await database_sync_to_async(_running)(caller, chat)
    if message is not None:
        await execute.stop(supervisor.current(), caller.user, message.pk)
    return HttpResponse(status=204)


def asked_by(caller: Caller, body: Body) -> tuple[Asked, Callable[[], list[TurnFile | uuid.UUID]]]:
    """What a request asks, and what reads the files that its message comes with: megabytes of Base64, for which no query waits.

    Synchronous. Both raise ApiError.
    """
    said = ProgramRequest(parameters=parameters.of_responses(body), tools=stored_question.functions(body), pictures=True)
    chat = Chat(caller, fields.text(body, "id", longest=LONGEST_ID), said)
    trigger = fields.choice(body, "trigger", *TRIGGERS)
    *before, (name, last) = messages.named(body.get("messages"))
    if last.get("role") == "assistant" and trigger != "regenerate-message":
        return chat.answered(fields.text(last, "id", within=f"{name}."), messages.results(last, name), name), list
    if last.get("role") != "user":
        raise wrong(name, "a message of the user: an answer that is stored follows one")
    message_id, text = fields.text(last, "id", within=f"{name}.", longest=LONGEST_ID), messages.text(last, name)
    if trigger == "regenerate-message":
        return chat.regenerated(message_id, text), list
    asked = chat.sent(
        [message for _, message in before],
        message_id,
        text,
        prompt=asking.prompt_of(caller, body["model"]),
        variables=parameters.variables(body) or None,
    )
    return asked, partial(messages.files, last, name)


def _identified(earlier: Sequence[Message], message: Message) -> str:
    """The id of the page's message that this is a step of."""
    return f"{shown.OURS}{(earlier[0] if earlier else message).pk.hex}"


async def _events(
    process: Supervisor,
    caller: Caller,
    message: Message,
    listener: Listener,
    addresses: Addresses,
    message_id: str,
    earlier: Sequence[Message] = (),
) -> AsyncGenerator[bytes]:
    """`earlier`: steps that the page is told of once more."""
    chunks = Chunks()
    try:
        yield chunks.beginning(message_id, conversation=f"conv_{message.conversation_id.hex}")
        for ended, next_one in pairwise((*earlier, message)):
            assert next_one.parent is not None
            results = {part["id"]: part["text"] for part in function_parts.results(next_one.parent.parts)}
            yield chunks.step(ended.parts, results)
        async with aclosing(following.steps(process, caller.user, message, listener)) as heard:
            async for step in heard:
                if isinstance(step, Delta):
                    yield chunks.said(step.kind, step.text, step.call)
                elif isinstance(step, Beside):
                    yield _beside(chunks, step, addresses)
                else:
                    yield following.KEEP_ALIVE if step is None else chunks.end(following.ended(step))
    except Message.DoesNotExist:
        yield chunks.broken_off("This answer was deleted while it was written.")
    finally:  # also where the steps have not begun
        listener.leave()


def _beside(chunks: Chunks, step: Beside, addresses: Addresses) -> bytes:
    if step.kind == "source":
        return chunks.cited(**step.fields)
    return chunks.file(addresses.of(step.fields["file"]), shown.media_type(step.fields))


def _running(caller: Caller, chat: str) -> Message | None:
    caller.require(Scope.CHAT)
    return Chat(caller, chat).running()
