"""A command that is sent again makes nothing twice: it answers what it made the first time. Synchronous."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from conversations.database_jobs import job_transaction
from conversations.models import Conversation, Message, Role, User
from conversations.usage.exceeded import Exceeded

from .refusals import Refused, not_found


@dataclass(slots=True)
class Exchange:
    """What a command made. `is_new` is False where the same request was carried out before."""

    conversation: Conversation
    message: Message
    reply: Message
    is_new: bool = True
    without_siblings: tuple[Message, ...] = ()
    """Messages that can't have siblings yet: reading them takes no query."""
    earlier: tuple[Message, ...] = ()
    """Those before `message` that were stored with it."""
    superseded: tuple[Message, ...] = ()
    """Running replies that this one replaces: they are to be stopped; their output stays."""
    opens: bool = False
    """Its conversation is new, too."""
    notice: str = ""
    """A sentence for the user, where the reply is made otherwise than the user chose before."""


def idempotent(command: Callable[..., Exchange]) -> Callable[..., Exchange]:
    """Run the command in a transaction. Where the same request was carried out before, it fails: then return what that made.

    It meets the unique constraint at the latest, as does one of two equal requests at the same moment.
    """

    @wraps(command)
    def carry_out(user: User, request_id: uuid.UUID, **fields: Any) -> Exchange:
        try:
            with job_transaction():
                return command(user, request_id, **fields)
        except (Exceeded, Refused, IntegrityError) as error:
            if transaction.get_connection().needs_rollback:
                raise  # in a transaction that it shares: the command is carried out again, alone
            with transaction.atomic():
                if earlier := earlier_exchange(user, request_id):
                    return earlier
            if isinstance(error, Refused):
                raise
            if isinstance(error, Exceeded):
                raise Refused(error.code, error.detail, error.resets, is_brief=error.is_brief) from None
            raise not_found() from None  # the message that it was to follow was deleted at the same moment

    return carry_out


def earlier_exchange(user: User, request_id: uuid.UUID) -> Exchange | None:
    """What the same command made before, if it was carried out before."""
    same = Q(request_id=request_id) | Q(continue_id=request_id)
    key = next(iter(Message.objects.of(user).filter(same).values_list("pk", flat=True)[:1]), None)
    if key is None:
        return None
    earlier = Message.objects.select_related("conversation", "parent").get(pk=key)
    question, reply = (earlier, earlier.children.order_by("id").first()) if earlier.role == Role.USER else (earlier.parent, earlier)
    return Exchange(earlier.conversation, question, reply, is_new=False) if question and reply else None
