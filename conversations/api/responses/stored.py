"""Responses that are kept: each is an answer in a conversation of the token's user, as the page has it, and outlives its request."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from channels.db import database_sync_to_async
from django.db.models import F
from django.http import HttpRequest, HttpResponse, JsonResponse

from conversations.api import bodies, errors, failures, fields, parameters
from conversations.api.authentication import Caller
from conversations.api.errors import ApiError
from conversations.api.event_stream import EventStream
from conversations.api.fields import Body
from conversations.broadcast import frames
from conversations.commands import deletion, exchange, feedback
from conversations.commands.execute import stop
from conversations.models import Message, Role, Scope, Status, function_parts
from conversations.models.identifiers import new_id
from conversations.processes import supervisor

from . import asking, following, reply_frames, stored_question
from .listener import Listener
from .stored_question import Question

LONGEST_KEY = 255


def is_asked(body: Body) -> bool:
    """Whether a request wants its response to be kept, which it has to say: the usual ones are not."""
    return any(fields.flag(body, name) for name in ("store", "background")) or bool(
        body.get("previous_response_id") or body.get("conversation")
    )


async def create(request: HttpRequest, caller: Caller, body: Body) -> HttpResponse | EventStream:
    """Ask as the page does, and answer when the reply has ended, or as it comes, or, in the background, at once."""
    question, is_streamed, in_background = stored_question.asked_by(body), fields.flag(body, "stream"), fields.flag(body, "background")
    process, request_id = supervisor.current(), _request_id(request, caller)
    sent, question = await process.database.do(partial(_command, caller, body, question, request_id))
    said = await stored_question.kept(caller.user, question)
    message, listener = await asking.begun(process, caller, exchange.send, request_id, **sent, **said)
    if is_streamed:
        return await EventStream.begun(following.events(process, caller.user, message, listener))
    try:
        if not in_background:
            message = await following.until_ended(process, caller.user, message, listener)
    except Message.DoesNotExist:
        raise errors.not_found("The response was deleted while it was written.") from None
    finally:
        listener.leave()
    if message.status == Status.FAILED and not in_background and (error := following.ended(message).error) is not None:
        raise failures.of(error)
    return JsonResponse(following.shown(message))


async def show(request: HttpRequest, caller: Caller, *, response: str) -> HttpResponse | EventStream:
    """What it says so far, or its events after a number that the caller has seen."""
    message = await database_sync_to_async(one)(caller, response)
    if request.GET.get("stream", "").lower() not in ("true", "1"):
        return JsonResponse(following.shown(message))
    after = request.GET.get("starting_after", "-1")
    if not after.removeprefix("-").isdecimal() or len(after) > 18:
        raise fields.wrong("starting_after", "the sequence number of an event")
    process = supervisor.current()
    listener, message = await Listener.watching(process.hub, message.conversation_id, partial(one, caller, response))
    return await EventStream.begun(following.events(process, caller.user, message, listener, int(after)))


async def cancel(request: HttpRequest, caller: Caller, *, response: str) -> HttpResponse:
    """End it now, whichever process writes it. What it said stays."""
    message = await database_sync_to_async(one)(caller, response)
    process = supervisor.current()
    listener = Listener(process.hub)
    listener.watch(message.conversation_id)
    try:
        await stop(process, caller.user, message.pk)
        message = await database_sync_to_async(one)(caller, response)
        return JsonResponse(following.shown(await following.until_ended(process, caller.user, message, listener)))
    except Message.DoesNotExist:
        raise errors.not_found("The response was deleted while it was cancelled.") from None
    finally:
        listener.leave()


def delete(request: HttpRequest, caller: Caller, *, response: str) -> HttpResponse:
    """With its conversation, if it is the only answer there, beside those that came with its request: no model wrote these here."""
    message = one(caller, response)
    others = Message.objects.of(caller.user).filter(conversation=message.conversation_id, role=Role.ASSISTANT).exclude(pk=message.pk)
    if others.exclude(model="", finished=None, status=Status.COMPLETE).exists():
        raise ApiError(409, "Its conversation has other answers: delete all of it in the page.", code="has_others")
    deletion.delete(caller.user, [message.conversation_id])
    return JsonResponse({"id": response, "object": "response", "deleted": True})


def give_feedback(request: HttpRequest, caller: Caller, *, response: str) -> HttpResponse:
    """A thumb with its tags and words, as in the page; without a thumb, what was given before is taken back."""
    message = one(caller, response)
    saved = feedback.give(caller.user, message.conversation_id, message.pk, bodies.json_object(request))
    return JsonResponse({"object": "response.feedback", "response": response, "feedback": frames.feedback_json(saved)})


def one(caller: Caller, response: str) -> Message:
    """A reply that was asked for with this token: what its user asked in the page, or with another token, is not for it to see."""
    caller.require(Scope.CHAT)
    try:
        key = uuid.UUID(hex=response.removeprefix("resp_"))
        message = reply_frames.one(caller.user, key)
    except (ValueError, Message.DoesNotExist):
        raise errors.not_found("There is no such response.") from None
    if message.role != Role.ASSISTANT or message.token_id != caller.token.pk:
        raise errors.not_found("There is no such response.")
    return message


def _command(caller: Caller, body: Body, question: Question, request_id: uuid.UUID) -> tuple[dict[str, Any], Question]:
    """Where the message goes, which assistant answers, and the question as it follows there. Synchronous. Raises ApiError."""
    prompt = asking.prompt_of(caller, fields.text(body, "model", longest=300))
    conversation_id, previous = _place(caller, body)
    given = {
        "conversation_id": conversation_id,
        "parent_id": previous.pk if previous and (body.get("previous_response_id") or function_parts.calls(previous.parts)) else None,
        "prompt": prompt,
        "variables": parameters.variables(body) or None,
        "token_id": caller.token.pk,
    }
    is_repeated = Message.objects.of(caller.user).filter(request_id=request_id).exists()  # then the conversation may have gone on
    return given, question if is_repeated else question.following(previous)


def _place(caller: Caller, body: Body) -> tuple[uuid.UUID | None, Message | None]:
    """The conversation and the answer that the message follows."""
    previous, named = fields.text(body, "previous_response_id"), body.get("conversation")
    if previous and named:
        raise ApiError(400, "Name either “previous_response_id” or “conversation”.", param="conversation", code="invalid_value")
    if previous:
        message = one(caller, previous)
        return message.conversation_id, message
    if not named:
        return None, None
    name = named.get("id") if isinstance(named, dict) else named
    try:
        key = uuid.UUID(hex=str(name).removeprefix("conv_"))
    except ValueError:
        raise errors.not_found("There is no such conversation.") from None
    if not Message.objects.of(caller.user).filter(conversation=key, token=caller.token.pk).exists():
        raise errors.not_found("There is no such conversation.")
    return key, Message.objects.of(caller.user).filter(conversation=key, conversation__leaf=F("pk")).first()


def _request_id(request: HttpRequest, caller: Caller) -> uuid.UUID:
    """The same for the same `Idempotency-Key` of a token: then nothing is made twice."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST_KEY:
        raise ApiError(400, f"An Idempotency-Key has at most {LONGEST_KEY} characters.", code="invalid_value")
    return uuid.uuid5(caller.token.pk, key) if key else new_id()
