"""Branches of a conversation: a message with everything below it. Synchronous, one transaction each."""

from __future__ import annotations

import uuid

from django.db import transaction

from conversations.broadcast import frames
from conversations.files import deletion as files
from conversations.models import Conversation, Message, Tree, User, tree_of
from conversations.processes import supervisor
from conversations.usage.ledger import recording

from .refusals import Refused, not_found

MAX_MESSAGES_PER_STATEMENT = 500


def choose(user: User, conversation_id: uuid.UUID, message_id: uuid.UUID) -> Conversation:
    """Show a branch of this message from now on: down to its latest message, unless it is shown already. Raises Refused."""
    with transaction.atomic():
        conversation, tree = _locked(user, conversation_id, message_id)
        if message_id not in tree.path(conversation.leaf_id or tree.latest_leaf(None)):
            conversation.leaf_id = tree.latest_leaf(message_id)
            conversation.save(update_fields=["leaf"])
    return conversation


def size(user: User, conversation_id: uuid.UUID, message_id: uuid.UUID) -> int:
    """How many messages are deleted with this one, itself included. Raises Refused."""
    if not Conversation.objects.of(user).filter(pk=conversation_id).exists():
        raise not_found()
    tree = tree_of(conversation_id)
    _require_siblings(tree, message_id)
    return len(tree.below(message_id))


def delete(user: User, conversation_id: uuid.UUID, message_id: uuid.UUID) -> tuple[Conversation, uuid.UUID]:
    """Delete a message that has siblings, with everything below it. Replies that run there are stopped, and open pages are notified.

    Returns the conversation and the sibling that is shown in its place. Raises Refused.
    """
    with transaction.atomic():
        conversation, tree = _locked(user, conversation_id, message_id)
        _require_siblings(tree, message_id)
        siblings, deleted = tree.siblings(message_id), tree.below(message_id)
        index = siblings.index(message_id)
        neighbour = siblings[index - 1] if index else siblings[1]
        if (conversation.leaf_id or tree.latest_leaf(None)) in deleted:
            conversation.leaf_id = tree.latest_leaf(neighbour)
            conversation.save(update_fields=["leaf"])
        running = dict(Message.objects.running().filter(conversation=conversation).values_list("pk", "lease_holder"))
        files.release(files.held_by(deleted))
        files.release_sounds(files.heard_in(message__in=deleted))
        # The leaves first: Django's own cascade makes a nested call for each level, and a branch may be a thousand deep.
        for start in range(len(deleted), 0, -MAX_MESSAGES_PER_STATEMENT):
            Message.objects.filter(pk__in=deleted[max(0, start - MAX_MESSAGES_PER_STATEMENT) : start]).delete()
        transaction.on_commit(lambda: _stop_and_publish(conversation, deleted, running))
    return conversation, neighbour


def _stop_and_publish(conversation: Conversation, deleted: list[uuid.UUID], running: dict[uuid.UUID, uuid.UUID | None]) -> None:
    process, ended = supervisor.current(), running.keys() & set(deleted)
    for key in ended:
        process.end(key, running[key])
    process.hub.publish_from_thread(conversation.pk, frames.branch_removed(conversation.pk, deleted))
    is_running = conversation.has_running_reply
    process.hub.publish_from_thread(conversation.owner_id, frames.conversation(conversation, running=is_running))
    recording.forget_causes(ended)


def _locked(user: User, conversation_id: uuid.UUID, message_id: uuid.UUID) -> tuple[Conversation, Tree]:
    conversation = Conversation.objects.of(user).select_for_update(no_key=True).filter(pk=conversation_id).first()
    if conversation is None:
        raise not_found()
    tree = tree_of(conversation.pk)
    if message_id not in tree.parents:
        raise not_found()
    return conversation, tree


def _require_siblings(tree: Tree, message_id: uuid.UUID) -> None:
    if message_id not in tree.parents:
        raise not_found()
    if len(tree.siblings(message_id)) == 1:
        raise Refused("invalid", "This is the only version of the message. To remove it, delete the conversation.")
