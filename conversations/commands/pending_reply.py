"""The reply that is to be generated, saved together with what it answers. Synchronous, within the transaction of a command."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import models
from django.utils import timezone

from conversations.generation import admission
from conversations.models import Conversation, File, Message, Role, Status, SystemPrompt
from conversations.models.compiled import Parameter, Update
from conversations.models.insertion import insert
from conversations.models.message_content import shows_images
from conversations.processes import leases
from conversations.search import entries

from . import attachments, choice, given_variables, pictures, staging
from .idempotency import Exchange
from .program_request import ProgramRequest


def saved(
    conversation: Conversation,
    question: Message,
    model: str | None,
    effort: str | None,
    *,
    request_id: uuid.UUID | None = None,
    files: Sequence[File] = (),
    variables: dict[str, Any] | None = None,
    token_id: uuid.UUID | None = None,
    picture: dict[str, Any] | None = None,
    asked: ProgramRequest | None = None,
    earlier: Sequence[tuple[Message, list[File]]] = (),
    spoken: choice.Asked | None = None,
) -> Exchange:
    """The exchange of a question with a new reply. The question, its files and the conversation are saved with it where they are new.

    `earlier`: messages before the question, with their files, that are new, too. `spoken`: what a reply in speech is asked with.
    """
    prompt = conversation.prompt or SystemPrompt.objects.filter(is_default=True).first()
    version, left = staging.followed(conversation, prompt, sees=shows_images(question))
    if version is not None and prompt is not None:
        version.prompt = prompt  # so that showing its name takes no query
    if variables is not None:
        given_variables.take(conversation, version, variables)
    filled_in = given_variables.filled_in(version, conversation) if version is not None else None
    attachments.require_switched_on(prompt, [*files, *(file for _, held in earlier for file in held)])
    if picture is not None:
        taken = pictures.asked(conversation, prompt, question, picture)
    elif spoken is not None:
        taken = spoken
    else:
        taken = choice.taken(conversation, prompt, version, model, effort)
    if picture is None and shows_images(question):
        attachments.require_sight(prompt, version, taken.model)
    reply = Message(
        conversation=conversation,
        owner_id=conversation.owner_id,
        parent=question,
        role=Role.ASSISTANT,
        status=Status.PENDING,
        prompt_version=version,
        model=taken.model,
        parameters=asked.asked_with(taken.parameters) if asked else taken.parameters,
        filled_in=asked.filled_in(filled_in) if asked else filled_in,
        token_id=token_id,
        request_id=request_id,
        lease_holder=leases.HOLDER,
        lease_until=leases.until(),
    )
    is_new, is_first = question._state.adding, conversation._state.adding
    attachments.require_hearing(files, reply.model)
    exchange = chosen(conversation, question, reply)
    insert([*(one for one, _ in earlier), question, reply] if is_new else [reply])
    for message, held in (*earlier, (question, files)):
        attachments.hold(message, held)
    exchange.earlier = tuple(message for message, _ in earlier)
    for number, message in enumerate((*exchange.earlier, question) if is_new else ()):
        entries.add(message, titled=is_first and not number)
    exchange.notice = " ".join(filter(None, (left, taken.notice)))
    admission.require(reply)
    return exchange


def chosen(conversation: Conversation, question: Message, reply: Message) -> Exchange:
    """Make the path to `reply` the one that is shown. What is asked in an archived conversation brings it back into the list.

    The reply may be saved after it: the database looks for it when the transaction ends.
    """
    conversation.leaf = reply
    conversation.updated = timezone.now()
    conversation.archived = False
    if conversation._state.adding:
        insert([conversation])
    else:
        _CHOOSE(id=conversation.pk, **{name: getattr(conversation, name) for name in _CHOSEN_WITH})
    return Exchange(conversation, question, reply)


_CHOSEN_WITH = ("leaf_id", "updated", "prompt_id", "prompt_label", "model", "effort", "archived")
_CHOOSE = Update(lambda: Conversation.objects.filter(pk=Parameter("id", models.UUIDField())), _CHOSEN_WITH)
