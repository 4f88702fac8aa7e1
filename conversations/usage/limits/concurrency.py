"""How many answers are written at once: counted in the database, under a lock, each time one begins. Nothing is kept that could leak."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from conversations.models import Message
from conversations.models.messages import MessageQuerySet
from conversations.usage.exceeded import Exceeded

from . import locks
from .in_force import Allowed
from .subject_names import SITE, parted


def require(allowed: Sequence[Allowed], owner_id: uuid.UUID, reply_id: uuid.UUID, beside: int = 0) -> None:
    """Raises Exceeded where one answer more would be too many. Call it in the transaction in which the reply begins to run.

    `beside`: how many are written for this user that are in no conversation.

    What has been told to stop doesn't count any more: it ends within a second, and its user may go on meanwhile.
    """
    those = [one for one in allowed if one.concurrent_replies is not None]
    if not those:
        return
    locks.hold(f"running:{one.subject}" for one in those)
    running = Message.objects.running().filter(stop_asked=False).exclude(pk=reply_id)
    for one in those:
        if _of(running, one.subject, owner_id).count() + beside >= (one.concurrent_replies or 0):
            raise Exceeded(_sentence(one), is_brief=True)


def _of(running: MessageQuerySet, subject: str, owner_id: uuid.UUID) -> MessageQuerySet:
    if subject == SITE:
        return running
    sort, key = parted(subject)
    return running.filter(owner__groups=int(key)) if sort == "group" else running.filter(owner=owner_id)


def _sentence(one: Allowed) -> str:
    number = one.concurrent_replies
    answers = "One answer is" if number == 1 else f"{number:,} answers are"
    if not one.whose:
        return f"{answers} being written for you already, and that is as many as you may have at once. Wait for one or stop one."
    return f"{answers} being written for {one.whose} already, and that is as many as there may be at once. Try again in a moment."
