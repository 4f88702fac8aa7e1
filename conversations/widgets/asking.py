"""A visitor's commands: as a user's, counted by the widget's rates, too. Synchronous, one transaction each."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any

from conversations.commands import exchange
from conversations.commands.idempotency import Exchange, earlier_exchange
from conversations.database_jobs import job_transaction
from conversations.models import Conversation, TitleSource, User, Widget

from . import daily_budget, rates

MAX_CHARACTERS = 8_000


def _counted(command: Callable[..., Exchange]) -> Callable[..., Exchange]:
    """A command that was carried out before counts nothing, and one that is refused neither."""

    @wraps(command)
    def carry_out(widget: Widget, user: User, request_id: uuid.UUID, **fields: Any) -> Exchange:
        with job_transaction():
            if (earlier := earlier_exchange(user, request_id)) is not None:
                return earlier
            rates.count_message(widget, user)
            begun = command(widget, user, request_id, **fields)
            daily_budget.require(widget, user, begun.reply.pk)
            return begun

    return carry_out


@_counted
def _send(
    widget: Widget, user: User, request_id: uuid.UUID, *, text: str, files: Sequence[uuid.UUID], conversation_id: uuid.UUID | None
) -> Exchange:
    assert widget.prompt is not None
    _follow_label(widget, user)
    prompt = None if conversation_id else widget.prompt.slug
    sent = exchange.send(user, request_id, conversation_id=conversation_id, parent_id=None, text=text, files=files, prompt=prompt)
    if sent.opens:  # its first words do: a model asked for a title would be paid for by each visit
        Conversation.objects.of(user).filter(pk=sent.conversation.pk).update(title_source=TitleSource.PERSON)
    return sent


@_counted
def _regenerate(widget: Widget, user: User, request_id: uuid.UUID, *, message_id: uuid.UUID) -> Exchange:
    _follow_label(widget, user)
    return exchange.regenerate(user, request_id, message_id=message_id)


def _follow_label(widget: Widget, user: User) -> None:
    """The version that the widget names now counts for conversations that began with another, too."""
    own = Conversation.objects.of(user).filter(prompt=widget.prompt)
    own.exclude(prompt_label=widget.prompt_label).update(prompt_label=widget.prompt_label)


def send(widget: Widget) -> Callable[..., Exchange]:
    """The command that sends a message to this widget: of a visitor, in one of their conversations or a new one."""
    return partial(_send, widget)


def regenerate(widget: Widget) -> Callable[..., Exchange]:
    """The command that has an answer written again."""
    return partial(_regenerate, widget)
