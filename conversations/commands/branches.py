"""Branches of a conversation: a message with all that was built on it. Synchronous, one transaction each."""

from __future__ import annotations

import uuid

from django.db import transaction

from conversations.broadcast import events
from conversations.models import Conversation, Message, Tree, User, parent_links
from conversations.processes import supervisor

from .refusals import Refused, not_found

AT_ONCE = 500
"""Messages that are deleted in one statement."""


def choose(user: User, conversation_id: uuid.UUID, message_id: uuid.UUID) -> Conversation:
    """Show the branch of this message from now on, down to its latest message. Raises Refused."""
    with transaction.atomic():
        conversation, tree = _locked(user, conversation_id, message_id)
        conversation.leaf_id = tree.latest_leaf(message_id)
        conversation.save(update_fields=["leaf"])
    return conversation


def size(user: User, conversation_id: uuid.UUID, message_id: uuid.UUID) -> int:
    """How many messages go when this one is deleted, itself included. Raises Refused."""
    if not Conversation.objects.of(user).filter(pk=conversation_id).exists():
        raise not_found()
    tree = Tree(parent_links(conversation_id))
    _require_siblings(tree, message_id)
    return len(tree.below(message_id))


def delete(user: User, conversation_id: uuid.UUID, message_id: uuid.UUID) -> tuple[Conversation, uuid.UUID]:
    """Delete a message that has alternatives, with everything below it. What still runs in there is stopped, and open pages are told.

    Returns the conversation and the neighbour that stands at its place now. Raises Refused.
    """
    with transaction.atomic():
        conversation, tree = _locked(user, conversation_id, message_id)
        _require_siblings(tree, message_id)
        siblings, gone = tree.siblings(message_id), tree.below(message_id)
        at = siblings.index(message_id)
        neighbour = siblings[at - 1] if at else siblings[1]
        if (conversation.leaf_id or tree.latest_leaf(None)) in gone:
            conversation.leaf_id = tree.latest_leaf(neighbour)
            conversation.save(update_fields=["leaf"])
        writing = dict(Message.objects.running().filter(conversation=conversation).values_list("pk", "lease_holder"))
        # The last ones first: Django follows children by itself, one call inside another, and a branch may be a thousand deep.
        for start in range(len(gone), 0, -AT_ONCE):
            Message.objects.filter(pk__in=gone[max(0, start - AT_ONCE) : start]).delete()
        transaction.on_commit(lambda: _tell(conversation, gone, writing))
    return conversation, neighbour


def _tell(conversation: Conversation, gone: list[uuid.UUID], writing: dict[uuid.UUID, uuid.UUID | None]) -> None:
    process = supervisor.current()
    for key in writing.keys() & set(gone):
        process.end(key, writing[key])
    process.hub.publish_from_thread(conversation.pk, events.branch_removed(conversation.pk, gone))
    is_running = conversation.has_running_reply
    process.hub.publish_from_thread(conversation.owner_id, events.conversation(conversation, running=is_running))


def _locked(user: User, conversation_id: uuid.UUID, message_id: uuid.UUID) -> tuple[Conversation, Tree]:
    conversation = Conversation.objects.of(user).select_for_update().filter(pk=conversation_id).first()
    if conversation is None:
        raise not_found()
    tree = Tree(parent_links(conversation.pk))
    if message_id not in tree.parents:
        raise not_found()
    return conversation, tree


def _require_siblings(tree: Tree, message_id: uuid.UUID) -> None:
    if message_id not in tree.parents:
        raise not_found()
    if len(tree.siblings(message_id)) == 1:
        raise Refused("invalid", "That is the only version there is. Delete the conversation if you want to be rid of it.")
