"""What a visitor's browser asks: the conversation, an answer to a message, and what is done with answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from channels.db import database_sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, JsonResponse

from conversations.api import bodies, errors, fields
from conversations.api.errors import ApiError
from conversations.api.event_stream import EventStream
from conversations.api.responses.listener import Listener
from conversations.commands import execute as commands
from conversations.commands import feedback
from conversations.commands.idempotency import Exchange
from conversations.live import connection_limits
from conversations.models import Conversation, Message, Role, User, Widget
from conversations.processes import supervisor
from conversations.providers.request import TurnFile

from . import asking, documents, following, pictures, visitors
from .visitors import Identity

T = TypeVar("T")


async def show(request: ASGIRequest, widget: Widget) -> HttpResponse:
    """The visitor's latest conversation; empty for who hasn't written yet, of whom nothing is stored."""
    who = visitors.identity(request, widget)
    return JsonResponse(await _asked(partial(_shown, who)))


async def send(request: ASGIRequest, widget: Widget) -> EventStream:
    """A message, in the conversation that is named or in a new one, and the events of its answer. The same `id` is carried out once."""
    body = bodies.json_object(request)
    text, sent = fields.text(body, "text", longest=asking.MAX_CHARACTERS), pictures.read(widget, body)
    where = {"text": text, "conversation_id": fields.identifier(body, "conversation") if body.get("conversation") else None}
    return await _answered(request, widget, asking.send(widget), fields.identifier(body, "id"), where, sent)


async def regenerate(request: ASGIRequest, widget: Widget, *, message: str) -> EventStream:
    """Another answer in place of this one, and its events."""
    request_id = fields.identifier(bodies.json_object(request), "id")
    return await _answered(request, widget, asking.regenerate(widget), request_id, {"message_id": _named(message)})


async def follow(request: ASGIRequest, widget: Widget, *, message: str) -> EventStream:
    """The events of an answer that is being written, from now on; of one that has ended, its end."""
    who, process = visitors.identity(request, widget), supervisor.current()
    _count_connection(request)
    user, reply = await _asked(partial(_own, who, message))
    listener, (_, reply) = await Listener.watching(process.hub, reply.conversation_id, partial(_own, who, message))
    return await EventStream.begun(following.events(process, user, reply, listener))


async def stop(request: ASGIRequest, widget: Widget, *, message: str) -> HttpResponse:
    """End an answer, whichever process writes it. What was said of it stays."""
    user, reply = await _asked(partial(_own, visitors.identity(request, widget), message))
    await commands.stop(supervisor.current(), user, reply.pk)
    return HttpResponse(status=204)


async def give_feedback(request: ASGIRequest, widget: Widget, *, message: str) -> HttpResponse:
    """A thumb on an answer, or, with none, what was given before is taken back."""
    user, reply = await _asked(partial(_own, visitors.identity(request, widget), message))
    thumb = fields.choice(bodies.json_object(request), "thumb", "up", "down") or None
    await _asked(partial(feedback.give, user, reply.conversation_id, reply.pk, {"thumb": thumb}))
    return HttpResponse(status=204)


async def _answered(
    request: ASGIRequest,
    widget: Widget,
    command: Callable[..., Exchange],
    request_id: uuid.UUID,
    where: dict[str, Any],
    sent: Sequence[TurnFile] | None = None,
) -> EventStream:
    who, process = visitors.identity(request, widget), supervisor.current()
    address = _count_connection(request)
    if sent is not None:
        where = {**where, "files": await pictures.kept(who, address, request_id, sent)}
    listener = Listener(process.hub)
    with listener.left_on_error():
        await commands.execute(process, command, partial(visitors.admitted, who, address), request_id, listener, **where)
        accepted = listener.accepted
        assert accepted is not None
        user, reply = await _asked(partial(_own, who, accepted["reply"]))
    told = {name: accepted[name] for name in ("type", "conversation", "message", "reply")}
    return await EventStream.begun(following.events(process, user, reply, listener, told))


def _shown(who: Identity) -> dict[str, Any]:
    visitor = visitors.found(who)
    conversation = None if visitor is None else Conversation.objects.of(visitor.user).order_by("-updated", "-id").first()
    if visitor is None or conversation is None:
        return {"conversation": None, "messages": []}
    return {"conversation": conversation.pk, "messages": documents.path(visitor.user, conversation)}


def _own(who: Identity, message: str) -> tuple[User, Message]:
    """The visitor, and an answer in a conversation of theirs. Raises ApiError."""
    visitor = visitors.found(who)
    found = None if visitor is None else Message.objects.of(visitor.user).filter(pk=_named(message), role=Role.ASSISTANT).first()
    if visitor is None or found is None:
        raise errors.not_found("That answer doesn’t exist (any more).")
    return visitor.user, found


def _named(message: str) -> uuid.UUID:
    try:
        return uuid.UUID(message)
    except ValueError:
        raise errors.not_found("That answer doesn’t exist (any more).") from None


def _count_connection(request: ASGIRequest) -> str | None:
    """As each connection of a page is counted. Returns the address; None: not limited. Raises ApiError."""
    address = connection_limits.of(dict(request.scope))
    if not connection_limits.count_opening(address):
        raise ApiError(429, "Too many requests come from your network just now.", code="rate_limit_exceeded", retry_after=60)
    return address


async def _asked(work: Callable[[], T]) -> T:
    return await database_sync_to_async(work)()
