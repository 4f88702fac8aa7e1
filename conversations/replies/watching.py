"""What somebody needs to hear when they begin to watch a conversation."""

from __future__ import annotations

import asyncio
import uuid

from channels.db import database_sync_to_async
from django.utils import timezone

from conversations.models import Conversation, Message, User
from conversations.providers.errors import ProviderError

from . import events, recovery, running
from .refusals import Refused, not_found
from .turns import was_carried_out

PATIENCE = 5.0
"""Seconds that a command waits for the provider's list of models."""


async def require(user: User, conversation_id: uuid.UUID) -> None:
    """Raises Refused where the conversation is not the person's own."""
    if not await database_sync_to_async(Conversation.objects.of(user).filter(pk=conversation_id).exists)():
        raise not_found()


async def require_model(user: User, request_id: uuid.UUID | None, model: str | None) -> None:
    """Raises Refused where the provider doesn't list the model, ProviderError where it can't be asked in time.

    A request that was carried out before is not asked about again.
    """
    if model is None or (request_id and await database_sync_to_async(was_carried_out)(user, request_id)):
        return
    from conversations.providers import current  # here, for the SDK takes long to load; see `serve`
    from conversations.providers.model_list import list_models

    try:
        async with asyncio.timeout(PATIENCE):
            offered = await list_models(await current.endpoint())
    except TimeoutError:
        raise ProviderError("timeout", cause="The list of models did not come in time.") from None
    if model not in offered:
        raise Refused("invalid", "The provider doesn't offer that model. Pick another one.")


async def snapshots(user: User, conversation_id: uuid.UUID) -> list[events.Event]:
    """A snapshot of each running reply, and of the chosen path's latest one where it has ended.

    Watch first, then call this: what ends in between was heard of, or is told here.
    """
    for _ in range(2):
        leaf = await database_sync_to_async(_latest_reply)(user, conversation_id)
        live = [reply.snapshot() for reply in running.in_conversation(conversation_id)]
        if leaf is None or any(snapshot["message"] == leaf.pk for snapshot in live):
            return live
        if not leaf.is_running:
            break
        if leaf.lease_until and leaf.lease_until < timezone.now():  # nobody has to wait until it is looked for
            await recovery.tell_of_lost()
        # It ended between the two looks, or another process writes it: look once more at what is saved.
    return [*live, events.snapshot(conversation_id, leaf.pk, leaf.status, leaf.parts, leaf.end)]


def _latest_reply(user: User, conversation_id: uuid.UUID) -> Message | None:
    conversation = Conversation.objects.of(user).select_related("leaf").filter(pk=conversation_id).first()
    return conversation.leaf if conversation else None
