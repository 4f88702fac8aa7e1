"""The title that a model suggests for a conversation after its first answer."""

from __future__ import annotations

import asyncio
import logging
import re
import uuid

from channels.db import database_sync_to_async

from conversations.broadcast import frames
from conversations.broadcast.hub import Hub
from conversations.models import Conversation, Message, Purpose, Role, TitleSource
from conversations.providers.errors import ProviderError
from conversations.providers.request import Request, Turn
from conversations.usage.exceeded import Exceeded

from . import auxiliary_request

log = logging.getLogger(__name__)

INSTRUCTIONS = (
    "You name conversations. Reply with a title of two to six words for the conversation that you are shown, "
    "in its language. No quotes, no full stop, no Markdown, nothing but the title."
)
MAX_TITLE_CHARACTERS, MAX_TITLE_WORDS = 60, 9
MAX_ANSWER_CHARACTERS = 400
EXCERPT_CHARACTERS = 1200
MAX_SECONDS = 60.0
MAX_CONCURRENT_REQUESTS = 4

_OURS = re.compile(r"the person wrote|the answer (was|is)|the title", re.IGNORECASE)


class TitleSuggestions:
    """Requests titles, a few at a time, so that answers come first."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)

    async def suggest(self, conversation_id: uuid.UUID, owner_id: uuid.UUID) -> None:
        """Request a title after the first exchange. A title that the user wrote is never overwritten."""
        exchange = await database_sync_to_async(_first_exchange)(conversation_id)
        if exchange is None:
            return
        try:
            async with self._slots, asyncio.timeout(MAX_SECONDS):
                title = cleaned(await _requested(exchange, owner_id))
        except (ProviderError, TimeoutError, Exceeded) as error:
            log.info("No title for conversation %s: %s", conversation_id, getattr(error, "kind", type(error).__name__))
            return
        if title and (saved := await database_sync_to_async(_save)(conversation_id, title)):
            self._hub.publish(owner_id, saved)


def _first_exchange(conversation_id: uuid.UUID) -> tuple[str, str, str] | None:
    """Question, answer and model of the first exchange, while it is the only one and the user has written no title."""
    conversation = Conversation.objects.filter(pk=conversation_id, title_source=TitleSource.WORDS).first()
    if conversation is None:
        return None
    messages = list(Message.objects.filter(conversation=conversation).order_by("id").only("role", "parts", "model")[:4])
    if [message.role for message in messages[:3]] != [Role.USER, Role.ASSISTANT]:
        return None
    question, answer = messages
    return question.text[:EXCERPT_CHARACTERS], answer.text[:EXCERPT_CHARACTERS], answer.model


async def _requested(exchange: tuple[str, str, str], owner_id: uuid.UUID) -> str:
    question, answer, model = exchange
    request = Request(
        model=model,
        system=INSTRUCTIONS,
        turns=[Turn("user", f"The person wrote:\n\n{question}\n\nThe answer was:\n\n{answer}\n\nThe title:")],
        parameters={},
        user=str(owner_id),
        cache_key="titles",
    )
    return await auxiliary_request.ask(request, MAX_ANSWER_CHARACTERS, Purpose.TITLE, owner_id)


def cleaned(said: str) -> str:
    """The title in what the model said; empty where there is none: a small model often adds to it, answers, or repeats us."""
    lines = [line.strip() for line in said.replace("\x00", "").splitlines() if line.strip()]
    if len(lines) != 1:
        return ""
    line = re.sub(r"^\W*title\s*:\s*", "", lines[0], flags=re.IGNORECASE)
    line = " ".join(line.strip("#*_`\"'“”„‘’«» \t").rstrip(".").split())
    is_title = 0 < len(line) <= MAX_TITLE_CHARACTERS and len(line.split()) <= MAX_TITLE_WORDS and not _OURS.search(line)
    return line if is_title else ""


def _save(conversation_id: uuid.UUID, title: str) -> frames.Frame | None:
    without_title = Conversation.objects.filter(pk=conversation_id, title_source=TitleSource.WORDS)
    if not without_title.update(title=title, title_source=TitleSource.MODEL):
        return None
    saved = Conversation.objects.get(pk=conversation_id)
    return frames.conversation(saved, running=saved.has_running_reply)
