"""What a user's tab receives when it begins to watch a conversation."""

from __future__ import annotations

import uuid

from channels.db import database_sync_to_async
from django.db.models import Prefetch, Q
from django.utils import timezone

from conversations.broadcast import frames
from conversations.broadcast.hub import Watcher
from conversations.models import RUNNING, Conversation, Feedback, Message, User
from conversations.processes import recovery
from conversations.processes.peers import RemoteReply
from conversations.processes.supervisor import Supervisor

from . import spoken
from .refusals import not_found


async def require(user: User, conversation_id: uuid.UUID) -> None:
    """Raises Refused where the conversation is not the user's own."""
    if not await database_sync_to_async(Conversation.objects.of(user).filter(pk=conversation_id).exists)():
        raise not_found()


async def catch_up(supervisor: Supervisor, user: User, conversation_id: uuid.UUID, watcher: Watcher) -> None:
    """Deliver a snapshot of each running reply, and of the chosen path's latest one where it has ended, with the user's feedback on it.

    Watch first, then call this: the end of a reply that ends in between was published to the watcher, or is delivered here. So are words
    that were said in a talk and feedback that another tab gave: both may be others since the tab read the messages.
    """
    registry = supervisor.registry
    await supervisor.peers.until_subscribed(conversation_id)
    for is_second_round in (False, True):
        replies = await database_sync_to_async(_replies)(user, conversation_id)
        for reply in registry.in_conversation(conversation_id):
            watcher.deliver(frames.encode(reply.snapshot()))
        others = [reply for reply in replies if registry.get(reply.pk) is None]
        if any(reply.is_running and reply.lease_until and reply.lease_until < timezone.now() for reply in others) and not is_second_round:
            # So that the user doesn't wait for the next search.
            await recovery.recover(supervisor, await database_sync_to_async(recovery.lost_in)(registry, conversation_id))
            continue
        running = [RemoteReply(reply.pk, conversation_id, reply.lease_holder) for reply in others if reply.is_running]
        if await supervisor.follower.deliver_snapshots(watcher, running):
            others = [reply for reply in others if not reply.is_running]
        elif not is_second_round:
            continue  # it ended between the two queries, or Redis can't be reached
        for reply in others:
            watcher.deliver(frames.encode(_snapshot_of(reply)))
        if any(reply.is_spoken for reply in replies):
            for frame in await database_sync_to_async(spoken.lately_understood)(user, conversation_id):
                watcher.deliver(frames.encode(frame))
        return


def _replies(user: User, conversation_id: uuid.UUID) -> list[Message]:
    """The running replies of the conversation, and the leaf of its chosen path."""
    chosen = Q(pk__in=Conversation.objects.of(user).filter(pk=conversation_id).values("leaf"))
    replies = Message.objects.of(user).filter(conversation=conversation_id).filter(Q(status__in=RUNNING) | chosen)
    return list(replies.prefetch_related(Prefetch("feedback", Feedback.objects.filter(user=user))).order_by("pk"))


def _snapshot_of(reply: Message) -> frames.Frame:
    """With the user's feedback, where the reply has ended."""
    frame = frames.snapshot_of(reply)
    if reply.is_running:
        return frame
    given = next(iter(reply.feedback.all()), None)
    return {**frame, "feedback": frames.feedback_json(given)}
