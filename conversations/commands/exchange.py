"""One exchange in the database: the user's message and the reply that is to be generated. Synchronous, one transaction each."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import models

from conversations.generation import admission
from conversations.models import RUNNING, Conversation, Message, Role, Status, User, function_parts
from conversations.processes import leases
from conversations.providers import finish_reasons

from . import attachments, choice, experiments, owned, pending_reply, pictures, questions
from .idempotency import Exchange, earlier_exchange, idempotent
from .program_request import ProgramRequest
from .refusals import Refused
from .titles import first_words


@idempotent
def send(
    user: User,
    request_id: uuid.UUID,
    *,
    conversation_id: uuid.UUID | None,
    parent_id: uuid.UUID | None,
    text: str,
    files: Sequence[uuid.UUID] = (),
    prompt: str | None,
    model: str | None = None,
    effort: str | None = None,
    variables: dict[str, Any] | None = None,
    token_id: uuid.UUID | None = None,
    picture: dict[str, Any] | None = None,
    asked: ProgramRequest | None = None,
) -> Exchange:
    """A new message at the end of `parent_id` (None: of the chosen path), or of a new conversation.

    `files`: ids of those that come with it. `variables`: values for those of the prompt, for this and the next answers; None keeps those
    that were given before. `picture`: what kind of pictures are to be made of the text, and from its images, instead of an answer.
    `token_id`: of the API token of a program that asks for its user. `asked`: what that says with this request alone.
    """
    results = asked.results if asked is not None else ()
    text, held = questions.checked(text, files, results), attachments.taken(user, files)
    if conversation_id is None:
        conversation = Conversation(owner=user, title=first_words(text or ", ".join(file.name for file in held)))
        choice.take_prompt(conversation, user, prompt)
        experiments.join(conversation, model=model, effort=effort)
        parent = None
    else:
        conversation = owned.conversation(user, conversation_id)
        parent = owned.parent(conversation, parent_id)
        if prompt is not None:
            choice.take_prompt(conversation, user, prompt)
    earlier = asked.messages(user, conversation, parent) if asked is not None else []
    parent = earlier[-1][0] if earlier else parent
    question = questions.made(conversation, parent, text, held, request_id, results)
    held += pictures.mask(user, picture)
    exchange = pending_reply.saved(
        conversation,
        question,
        model,
        effort,
        files=held,
        variables=variables,
        picture=picture,
        token_id=token_id,
        asked=asked,
        earlier=earlier,
    )
    exchange.opens = conversation_id is None
    exchange.without_siblings = (question, exchange.reply) if exchange.opens else (exchange.reply,)
    return exchange


@idempotent
def edit(
    user: User,
    request_id: uuid.UUID,
    *,
    message_id: uuid.UUID,
    text: str,
    files: Sequence[uuid.UUID] | None = None,
    model: str | None = None,
    effort: str | None = None,
    token_id: uuid.UUID | None = None,
    asked: ProgramRequest | None = None,
) -> Exchange:
    """Another version of the user's message: a sibling of it, with a reply of its own. `files`: None keeps those of the message."""
    original = owned.message(user, message_id, Role.USER)
    if function_parts.results(original.parts):
        raise Refused("invalid", "This message holds what a program’s functions gave back. It can’t be edited.")
    files = attachments.held(original) if files is None else files
    text, held = questions.checked(text, files), attachments.taken(user, files)
    conversation = owned.conversation(user, original.conversation_id)
    question = questions.made(conversation, original.parent, text, held, request_id)
    superseded = _superseded(original.children.all())
    answer = original.children.order_by("-id").only("parameters", "model").first()
    wished = pictures.wished_again(answer) if answer else None
    if wished and files != attachments.held(original):
        wished.pop("mask", None)  # it belongs to the picture that was there
    held += pictures.mask(user, wished)
    exchange = pending_reply.saved(conversation, question, model, effort, files=held, picture=wished, token_id=token_id, asked=asked)
    exchange.superseded = superseded
    return exchange


@idempotent
def regenerate(
    user: User,
    request_id: uuid.UUID,
    *,
    message_id: uuid.UUID,
    model: str | None = None,
    effort: str | None = None,
    token_id: uuid.UUID | None = None,
    asked: ProgramRequest | None = None,
) -> Exchange:
    """Another reply to the same question: a sibling of the assistant's message."""
    original = owned.message(user, message_id, Role.ASSISTANT)
    conversation = owned.conversation(user, original.conversation_id)
    assert original.parent is not None  # a reply always has the message that it answers
    superseded = _superseded(Message.objects.filter(pk=original.pk))
    wished = pictures.wished_again(original)
    exchange = pending_reply.saved(
        conversation, original.parent, model, effort, request_id=request_id, picture=wished, token_id=token_id, asked=asked
    )
    exchange.superseded = superseded
    return exchange


@idempotent
def resume(user: User, request_id: uuid.UUID, *, message_id: uuid.UUID) -> Exchange:
    """Continue the reply from where it ended. It stays the same message."""
    if earlier := earlier_exchange(user, request_id):  # a second time, nothing would stand in its way
        return earlier
    conversation = owned.conversation(user, owned.message(user, message_id, Role.ASSISTANT).conversation_id)
    Message.objects.select_for_update().filter(pk=message_id).first()  # its process may run after all, and be about to write to it
    reply = owned.message(user, message_id, Role.ASSISTANT)
    if reply.is_running:
        raise Refused("busy", "This answer is still being written. Wait for it, or stop it first.")
    if reply.status == Status.COMPLETE and not finish_reasons.is_cut_off(reply.finish_reason):
        raise Refused("invalid", "This answer is complete. Regenerate it, or send a new message.")
    if function_parts.calls(reply.parts):
        raise Refused("invalid", "This answer calls a program’s functions, and can’t be continued. Regenerate it instead.")
    reply.status = Status.STREAMING if reply.parts else Status.PENDING
    if reply.children.exists():
        raise Refused("invalid", "The conversation continues after this answer. Regenerate the answer instead.")
    reply.continue_id = request_id
    reply.stop_asked = False
    if reply.is_spoken:  # it goes on as text
        taken = choice.taken(conversation, conversation.prompt, reply.prompt_version, None, None)
        reply.model, reply.parameters = taken.model, taken.parameters
    reply.reconnections = reply.losses = 0
    reply.finish_reason = reply.error_kind = reply.error_cause = ""
    reply.finished = None
    reply.lease_holder, reply.lease_until = leases.HOLDER, leases.until()
    reply.save()
    assert reply.parent is not None
    exchange = pending_reply.chosen(conversation, reply.parent, reply)
    admission.require(reply)
    return exchange


def _superseded(replies: models.QuerySet[Message]) -> tuple[Message, ...]:
    """The running ones among `replies`; their rows now say that they are to be stopped."""
    running = replies.filter(status__in=RUNNING)
    running.update(stop_asked=True)
    return tuple(running.only("lease_holder"))
