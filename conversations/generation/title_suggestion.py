"""Titles: the first words of the question, then the model's suggestion, and above both what the person writes."""

from __future__ import annotations

import asyncio
import logging
import re
import uuid

from channels.db import database_sync_to_async

from conversations.broadcast import events, hub
from conversations.commands.refusals import Refused
from conversations.models import Conversation, Message, Purpose, Role, TitleSource
from conversations.models.conversations import TITLE_LENGTH
from conversations.providers.errors import ProviderError
from conversations.providers.request import Request, Turn

from . import background_request

log = logging.getLogger(__name__)

INSTRUCTIONS = (
    "You name conversations. Reply with a title of two to six words for the conversation that you are shown, "
    "in its language. No quotes, no full stop, no Markdown, nothing but the title."
)
LONGEST, MOST_WORDS = 60, 9
EXCERPT = 1200
SECONDS = 60.0
AT_ONCE = 4

_OURS = re.compile(r"the person wrote|the answer (was|is)|the title", re.IGNORECASE)
_places: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


def first_words(text: str) -> str:
    """A title until there is a better one."""
    line = " ".join(re.sub(r"(^|\s)(#{1,6}|>|[-*+])(?=\s)|[*`]+", " ", text).split()) or " ".join(text.split())
    if len(line) <= 60:
        return line
    return line[:60].rsplit(" ", 1)[0].rstrip(" ,.;:–-") + "…"


def rename(conversation: Conversation, title: str) -> None:
    """Give a conversation the person's own title. It is never overwritten by a suggested one. Raises Refused."""
    title = " ".join(title.replace("\x00", "").split())
    if not title:
        raise Refused("invalid", "A title needs at least one character.")
    if len(title) > TITLE_LENGTH:
        raise Refused("too_large", f"That title is too long: at most {TITLE_LENGTH} characters.")
    conversation.title, conversation.title_source = title, TitleSource.PERSON
    conversation.save(update_fields=["title", "title_source"])


async def suggest(conversation_id: uuid.UUID, owner_id: uuid.UUID) -> None:
    """Ask for a title after the first exchange. What the person wrote themselves is never overwritten."""
    exchange = await database_sync_to_async(_first_exchange)(conversation_id)
    if exchange is None:
        return
    try:
        async with _place(), asyncio.timeout(SECONDS):
            title = cleaned(await _asked(exchange, owner_id))
    except (ProviderError, TimeoutError, Refused) as error:
        log.info("No title for conversation %s: %s", conversation_id, getattr(error, "kind", type(error).__name__))
        return
    if title and (saved := await database_sync_to_async(_save)(conversation_id, title)):
        hub.publish(owner_id, saved)


def _place() -> asyncio.Semaphore:
    loop = asyncio.get_running_loop()
    if loop not in _places:
        _places.clear()
        _places[loop] = asyncio.Semaphore(AT_ONCE)
    return _places[loop]


def _first_exchange(conversation_id: uuid.UUID) -> tuple[str, str, str] | None:
    """Question, answer and model of the first exchange, while it is the only one and nobody has chosen a title."""
    conversation = Conversation.objects.filter(pk=conversation_id, title_source=TitleSource.WORDS).first()
    if conversation is None:
        return None
    messages = list(Message.objects.filter(conversation=conversation).order_by("id").only("role", "parts", "model")[:4])
    if [message.role for message in messages[:3]] != [Role.USER, Role.ASSISTANT]:
        return None
    question, answer = messages
    return question.text[:EXCERPT], answer.text[:EXCERPT], answer.model


async def _asked(exchange: tuple[str, str, str], owner_id: uuid.UUID) -> str:
    question, answer, model = exchange
    request = Request(
        model=model,
        system=INSTRUCTIONS,
        turns=[Turn("user", f"The person wrote:\n\n{question}\n\nThe answer was:\n\n{answer}\n\nThe title:")],
        parameters={},
        user=str(owner_id),
        cache_key="titles",
    )
    return await background_request.ask(request, 400, Purpose.TITLE, owner_id)


def cleaned(said: str) -> str:
    """The title in what the model said; empty where it is none: a small model often goes on, answers, or repeats us."""
    lines = [line.strip() for line in said.replace("\x00", "").splitlines() if line.strip()]
    if len(lines) != 1:
        return ""
    line = re.sub(r"^\W*title\s*:\s*", "", lines[0], flags=re.IGNORECASE)
    line = " ".join(line.strip("#*_`\"'“”„‘’«» \t").rstrip(".").split())
    is_title = 0 < len(line) <= LONGEST and len(line.split()) <= MOST_WORDS and not _OURS.search(line)
    return line if is_title else ""


def _save(conversation_id: uuid.UUID, title: str) -> events.Event | None:
    mine = Conversation.objects.filter(pk=conversation_id, title_source=TitleSource.WORDS)
    if not mine.update(title=title, title_source=TitleSource.MODEL):
        return None
    saved = Conversation.objects.get(pk=conversation_id)
    return events.conversation(saved, running=saved.has_running_reply)
