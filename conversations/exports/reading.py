"""What goes into an export, read some at a time: thousands of messages never are in memory at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from django.db import models

from conversations.models import Conversation, Message, Status, tree_of

MESSAGES_AT_ONCE = 100
Row = TypeVar("Row", bound=models.Model)


def in_order(rows: models.QuerySet[Row], at_once: int) -> Iterator[Row]:
    """All of these by their ids, which tell the oldest first. No cursor stays open between: a download may take long."""
    rows, last = rows.order_by("pk"), None
    while True:
        found = list((rows if last is None else rows.filter(pk__gt=last))[:at_once])
        yield from found
        if len(found) < at_once:
            return
        last = found[-1].pk


def shown_branch(conversation: Conversation) -> Iterator[Message]:
    """From the first message down to the end of the branch that is shown."""
    tree = tree_of(conversation.pk)
    path = tree.path(conversation.leaf_id or tree.latest_leaf(None))
    for start in range(0, len(path), MESSAGES_AT_ONCE):
        some = path[start : start + MESSAGES_AT_ONCE]
        found = _messages().in_bulk(some)
        yield from (found[key] for key in some if key in found)


def whole_tree(conversation: Conversation) -> Iterator[Message]:
    """All messages of all branches, oldest first, but for answers that failed without a word and were asked for again."""
    tree = tree_of(conversation.pk)
    left_out = tree.superseded(conversation.leaf_id or tree.latest_leaf(None))
    for message in in_order(_messages().filter(conversation=conversation), MESSAGES_AT_ONCE):
        if message.pk not in left_out:
            yield message


def note(message: Message) -> str:
    """What its user is told of how it came about. It is written before there is an answer, and says nothing true where none came."""
    return "" if message.status == Status.FAILED else message.note


def _messages() -> models.QuerySet[Message]:
    return Message.objects.select_related("prompt_version__prompt").defer("error_cause", "upstream", "parameters", "filled_in")
