"""The title that a model suggests for a conversation after its first complete answer."""

from __future__ import annotations

import asyncio
import logging
import uuid

from channels.db import database_sync_to_async
from django.db import transaction

from conversations.broadcast import frames
from conversations.broadcast.hub import Hub
from conversations.models import Conversation, Message, Purpose, Role, Status, TitleSource
from conversations.providers.errors import ProviderError
from conversations.providers.request import Request, Turn
from conversations.search import entries
from conversations.usage.exceeded import Exceeded

from . import auxiliary_request
from .title_text import cleaned, shares_a_script

log = logging.getLogger(__name__)

INSTRUCTIONS = (
    "You name conversations. Reply with a title of two to six words for the conversation that you are shown, in the language in which "
    "the user writes, whatever the language of these instructions. No quotes, no full stop, no Markdown, nothing but the title."
)
MAX_REQUESTS_PER_CONVERSATION = 3
"""So many complete answers may ask for a title: a request that failed is made again, but not for ever."""
MAX_ANSWER_CHARACTERS = 400
EXCERPT_CHARACTERS = 1200
MAX_SECONDS = 60.0
MAX_CONCURRENT_REQUESTS = 4


class TitleSuggestions:
    """Requests titles, a few at a time, so that answers come first."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)

    async def suggest(self, conversation_id: uuid.UUID, owner_id: uuid.UUID) -> None:
        """Request a title after the first complete answer. A title that the user wrote is never overwritten."""
        exchange = await database_sync_to_async(_first_exchange)(conversation_id)
        if exchange is None:
            return
        question, answer, _model = exchange
        try:
            async with self._slots, asyncio.timeout(MAX_SECONDS):
                title = cleaned(await _requested(exchange, owner_id))
        except (ProviderError, TimeoutError, Exceeded) as error:
            log.info("No title for conversation %s: %s", conversation_id, getattr(error, "kind", type(error).__name__))
            return
        if not title or not shares_a_script(title, question, answer):
            return
        if saved := await database_sync_to_async(_save)(conversation_id, title):
            self._hub.publish(owner_id, saved)


def _first_exchange(conversation_id: uuid.UUID) -> tuple[str, str, str] | None:
    """Question, answer and model of the first complete answer, while few are complete and there is no title but the first words."""
    if not Conversation.objects.filter(pk=conversation_id, title_source=TitleSource.WORDS).exists():
        return None
    complete = Message.objects.filter(conversation=conversation_id, role=Role.ASSISTANT, status=Status.COMPLETE).order_by("id")
    if len(complete.values_list("pk")[: MAX_REQUESTS_PER_CONVERSATION + 1]) > MAX_REQUESTS_PER_CONVERSATION:
        return None
    answer = complete.select_related("parent").only("parts", "model", "parent__parts").first()
    if answer is None or answer.parent is None:
        return None
    return answer.parent.text[:EXCERPT_CHARACTERS], answer.text[:EXCERPT_CHARACTERS], answer.model


async def _requested(exchange: tuple[str, str, str], owner_id: uuid.UUID) -> str:
    question, answer, model = exchange
    request = Request(
        model=model,
        system=INSTRUCTIONS,
        turns=[Turn("user", f"The person wrote:\n\n{question}\n\nThe answer was:\n\n{answer}\n\nThe title, in the person's language:")],
        parameters={},
        user=str(owner_id),
        cache_key="titles",
    )
    return await auxiliary_request.ask(request, MAX_ANSWER_CHARACTERS, Purpose.TITLE, owner_id)


@transaction.atomic
def _save(conversation_id: uuid.UUID, title: str) -> frames.Frame | None:
    without_title = Conversation.objects.filter(pk=conversation_id, title_source=TitleSource.WORDS)
    if not without_title.update(title=title, title_source=TitleSource.MODEL):
        return None
    saved = Conversation.objects.get(pk=conversation_id)
    entries.put_title(saved)
    return frames.conversation(saved, running=saved.has_running_reply)
