"""A visitor's conversation goes on in the whole page: a link has it become the conversation of the user who opens it.

The link names visitor and conversation, and is good only while the one is the other's: so it works once, and no row has to remember it.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import NamedTuple

from django.core import signing
from django.core.handlers.asgi import ASGIRequest
from django.db import IntegrityError, transaction
from django.http import HttpResponse, JsonResponse
from django.urls import reverse

from conversations.api import bodies, errors, fields
from conversations.broadcast import frames
from conversations.commands.refusals import Refused
from conversations.models import Conversation, Feedback, File, Message, SearchEntry, User, Widget
from conversations.pages import mail
from conversations.processes import supervisor

from . import visitors
from .visitors import Identity

LINK_SECONDS = 3600
_SALT = "conversations.widgets.handover"


class Offered(NamedTuple):
    """What a link offers."""

    conversation: uuid.UUID
    visitor: uuid.UUID
    """The user whose it is now."""


async def offer(request: ASGIRequest, widget: Widget) -> HttpResponse:
    """The address at which a user of this site takes over the visitor's conversation."""
    who = visitors.identity(request, widget)
    if not widget.hands_over:
        raise errors.not_found("This widget’s conversations don’t go on in the whole page.")
    token = await supervisor.current().database.do(partial(_token, who, fields.identifier(bodies.json_object(request), "conversation")))
    return JsonResponse({"url": mail.link(request, reverse("claim_conversation", args=[token]))})


def token_of(conversation: Conversation) -> str:
    """What the link of a visitor's conversation holds."""
    return signing.dumps([conversation.pk.hex, conversation.owner_id.hex], salt=_SALT)


def read(token: str) -> Offered | None:
    """None where the link is wrong or too old."""
    try:
        conversation, visitor = signing.loads(token, salt=_SALT, max_age=LINK_SECONDS)
        return Offered(uuid.UUID(conversation), uuid.UUID(visitor))
    except (signing.BadSignature, ValueError, TypeError):
        return None


def offered(token: str) -> Conversation | None:
    """The conversation that it offers, as long as it is the visitor's, and its widget hands over."""
    found = read(token)
    if found is None:
        return None
    still = Conversation.objects.filter(owner=found.visitor, owner__visitor__widget__hands_over=True)
    return still.filter(pk=found.conversation).first()


def take(token: str, user: User) -> Conversation | None:
    """Make it the user's, with all that was said. None where it is offered no more. Raises Refused while an answer is written."""
    try:
        with transaction.atomic():
            found = offered(token)
            if found is None:
                return None
            # Locked, and looked at again: of two users with the same link one has it.
            conversation = Conversation.objects.select_for_update(no_key=True).filter(pk=found.pk, owner=found.owner_id).first()
            if conversation is None:
                return None
            if conversation.has_running_reply:
                raise Refused("busy", "An answer is still being written there. Wait for its end, then try again.")
            _give(conversation, user)
    except IntegrityError:
        raise Refused("invalid", "This conversation can’t be taken along: you have a part of it already.") from None
    return conversation


def _give(conversation: Conversation, user: User) -> None:
    """Everything that is scoped to the owner. What was used stays the visitor's, who used it."""
    messages = Message.objects.filter(conversation=conversation)
    File.objects.filter(attachments__message__in=messages).update(owner=user)
    Feedback.objects.filter(message__in=messages).update(user=user)
    messages.update(owner=user)
    SearchEntry.objects.filter(conversation=conversation).update(owner=user)
    Conversation.objects.filter(pk=conversation.pk).update(owner=user)
    conversation.owner = user
    row = frames.conversation(conversation, running=False)
    transaction.on_commit(lambda: supervisor.current().hub.publish_from_thread(user.pk, row))


def _token(who: Identity, conversation_id: uuid.UUID) -> str:
    visitor = visitors.found(who)
    found = None if visitor is None else Conversation.objects.of(visitor.user).filter(pk=conversation_id).first()
    if found is None:
        raise errors.not_found("There is no such conversation.")
    return token_of(found)
