"""A talk in the database: what the model is told when it begins, the messages of each turn, and what was understood. Synchronous."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from django.db import transaction

from conversations.broadcast import frames
from conversations.broadcast.frames import Frame
from conversations.generation import admission, history, spoken_estimates
from conversations.generation.spoken_estimates import Read
from conversations.models import RUNNING, Conversation, Message, Role, Status, SystemPrompt, TitleSource, User, switches, text_part
from conversations.models.identifiers import new_id
from conversations.models.messages import NOT_UNDERSTOOD, UNKNOWN_WORDS
from conversations.models.storable import fitting
from conversations.providers.request import Turn
from conversations.rendering import told
from conversations.routing import speech_to_speech
from conversations.search import entries
from conversations.usage.exceeded import Exceeded
from conversations.usage.ledger.token_estimate import tokens_read

from . import choice, experiments, given_variables, owned, pending_reply, questions, staging
from .idempotency import Exchange, idempotent
from .refusals import Refused
from .titles import first_words

UNTITLED = "Talk"
MOST_READ_TOKENS = 12_000
"""Of the conversation before: all of it is read again for each answer."""


class Opening(NamedTuple):
    """What a talk begins with. `conversation_id` is that of a new one where `is_new`."""

    conversation_id: uuid.UUID
    is_new: bool
    prompt: str | None
    variables: dict[str, Any] | None
    model: str
    voice: str
    instructions: str
    turns: list[Turn]
    about: dict[str, str]

    @property
    def read(self) -> Read:
        """Estimated, of all that was said in writing."""
        return Read(tokens_read(self.instructions) + sum(tokens_read(turn.text) for turn in self.turns), 0)


def opening(user: User, *, conversation_id: uuid.UUID | None, prompt: str | None, variables: dict[str, Any] | None) -> Opening:
    """Raises Refused: where the user may not, where no model talks, and where a budget has no room for an answer."""
    with transaction.atomic():
        if conversation_id is None:
            conversation, parent = _new(user, new_id(), prompt), None
        else:
            conversation = owned.conversation(user, conversation_id)
            parent = owned.parent(conversation, None)
            if prompt is not None:
                choice.take_prompt(conversation, user, prompt)
        assistant = conversation.prompt or SystemPrompt.objects.filter(is_default=True).first()
        if refusal := switches.refusal("speech_to_speech", assistant):
            raise Refused("turns", refusal)
        version, _ = staging.followed(conversation, assistant)
        if version is not None and assistant is not None:
            version.prompt = assistant
        model = speech_to_speech.model(conversation.model or (version.model if version else ""))
        if not model:
            raise Refused("turns", "No model talks here.")
        if variables is not None:
            given_variables.take(conversation, version, variables)
        filled_in = given_variables.filled_in(version, conversation) if version is not None else None
        before = {"conversation": conversation, "owner": user, "parent": parent, "role": Role.ASSISTANT}
        reply = Message(**before, prompt_version=version, model=model, filled_in=filled_in)
        system, examples = told.told(reply)
        said = [Turn("user" if one["role"] == "user" else "assistant", one["text"]) for one in examples]
        said += history.turns(reply, MOST_READ_TOKENS) if parent is not None else []
        voice, manner = (assistant.voice, assistant.voice_instructions) if assistant else ("", "")
        about = {"prompt": assistant.slug, "version": str(version.number)} if version and assistant else {}
        opened = Opening(
            conversation_id=conversation.pk,
            is_new=conversation_id is None,
            prompt=prompt,
            variables=variables,
            model=model,
            voice=voice,
            instructions="\n\n".join(filter(None, (system, f"How you speak: {manner}" if manner else ""))),
            turns=said,
            about={"conversation": str(conversation.pk), **about},
        )
        try:
            admission.require_talk(user.pk, model, opened.read)
        except Exceeded as exceeded:
            raise Refused(exceeded.code, exceeded.detail, exceeded.resets) from None
    return opened


@idempotent
def speak(user: User, request_id: uuid.UUID, *, opened: Opening, is_new: bool, read: Read) -> Exchange:
    """The user has spoken: their message, whose words aren't known yet, and the reply. `is_new`: the conversation isn't there yet."""
    if is_new:
        conversation, parent = _new(user, opened.conversation_id, opened.prompt), None
        conversation.title = UNTITLED
    else:
        conversation = owned.conversation(user, opened.conversation_id)
        parent = owned.parent(conversation, None)
    question = questions.made(conversation, parent, UNKNOWN_WORDS, [], request_id)
    asked = choice.Asked(opened.model, dict(spoken_estimates.stored(read)))
    exchange = pending_reply.saved(conversation, question, None, None, variables=opened.variables if is_new else None, spoken=asked)
    exchange.opens = is_new
    exchange.without_siblings = (question, exchange.reply) if is_new else (exchange.reply,)
    return exchange


def understood(message_id: uuid.UUID, user_id: uuid.UUID, text: str) -> list[tuple[uuid.UUID, Frame]]:
    """What the user said is known. Returns what is to be published, and where; nothing where the message was deleted."""
    message = Message.objects.select_related("conversation").filter(owner=user_id, pk=message_id, role=Role.USER).first()
    if message is None:
        return []
    text = fitting(text)
    message.parts = [text_part(text)]
    Message.objects.filter(pk=message_id).update(parts=message.parts)
    entries.put(message)
    news: list[tuple[uuid.UUID, Frame]] = [(message.conversation_id, frames.message(message, message.siblings))]
    conversation = message.conversation
    if text != NOT_UNDERSTOOD and conversation.title == UNTITLED and conversation.title_source == TitleSource.WORDS:
        conversation.title = first_words(text)
        conversation.save(update_fields=["title"])
        entries.put_title(conversation)
        news.append((user_id, frames.conversation(conversation, running=conversation.has_running_reply)))
    return news


def lately_understood(user: User, conversation_id: uuid.UUID) -> list[Frame]:
    """The user's last two messages on the chosen path, where their words are known: the last but one may be transcribed late, too."""
    last, before = "leaf__parent", "leaf__parent__parent__parent"
    chosen = Conversation.objects.of(user).filter(pk=conversation_id).values_list(last, before).first() or ()
    messages = Message.objects.of(user).filter(pk__in=[key for key in chosen if key is not None], role=Role.USER)
    return [frames.message(message, message.siblings) for message in messages.order_by("pk") if message.text != UNKNOWN_WORDS]


def interrupted(message_id: uuid.UUID, user_id: uuid.UUID, run: int, text: str) -> list[tuple[uuid.UUID, Frame]]:
    """Of an answer that is over, the user heard this. Returns what is to be published; nothing where it was continued or deleted."""
    over = Message.objects.filter(owner=user_id, pk=message_id, role=Role.ASSISTANT, run=run).exclude(status__in=RUNNING)
    if (message := over.select_related("conversation", "prompt_version__prompt").first()) is None:
        return []
    message.parts = [text_part(fitting(text))] if text else []
    if message.status == Status.COMPLETE:
        message.status, message.finish_reason = Status.STOPPED, ""
    over.update(parts=message.parts, status=message.status, finish_reason=message.finish_reason)
    entries.put(message)
    return [(message.conversation_id, frames.message(message, message.siblings))]


def _new(user: User, key: uuid.UUID, prompt: str | None) -> Conversation:
    conversation = Conversation(id=key, owner=user)
    choice.take_prompt(conversation, user, prompt)
    experiments.join(conversation, model=None, effort=None)
    return conversation
