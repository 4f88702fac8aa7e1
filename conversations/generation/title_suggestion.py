"""The title that a model suggests for a conversation after its first complete answer."""

from __future__ import annotations

import asyncio
import logging
import uuid
from time import monotonic
from typing import NamedTuple

from django.db import models

from conversations.broadcast import frames
from conversations.broadcast.hub import Hub
from conversations.database_jobs import DatabaseJobs
from conversations.models import Conversation, Message, Purpose, Role, Status, TitleSource
from conversations.models.compiled import Parameter, Select, Update
from conversations.models.message_content import file_names, shows_images
from conversations.models.messages import listed
from conversations.providers.errors import ProviderError
from conversations.providers.request import Request, Turn
from conversations.search import entries
from conversations.usage.exceeded import Exceeded
from conversations.usage.ledger.finished_attempt import NO_SUBJECT, Subject

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

    def __init__(self, hub: Hub, database: DatabaseJobs) -> None:
        self._hub, self._database = hub, database
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_REQUESTS)
        self._not_before: dict[uuid.UUID, float] = {}
        """When conversations may ask again whose request was refused for a while, by `monotonic`."""

    async def suggest(self, conversation_id: uuid.UUID, owner_id: uuid.UUID, first: FirstExchange | None = None) -> None:
        """Request a title after the first complete answer, which is read unless it is given. The user's own is never overwritten."""
        naming = Naming(conversation_id, owner_id, first)
        try:
            async with asyncio.timeout(MAX_SECONDS):
                await asyncio.sleep(self._not_before.get(conversation_id, 0.0) - monotonic())
            async with self._slots, asyncio.timeout(MAX_SECONDS):
                saved = await auxiliary_request.ask(
                    self._database, naming.request, MAX_ANSWER_CHARACTERS, Purpose.TITLE, owner_id, naming.save, naming.subject
                )
        except (ProviderError, TimeoutError, Exceeded) as error:
            if isinstance(error, ProviderError) and error.retry_after:
                self._ask_later(conversation_id, error.retry_after)
            log.info("No title for conversation %s: %s", conversation_id, getattr(error, "kind", type(error).__name__))
            return
        if saved is not None:
            self._hub.publish(owner_id, saved)

    def _ask_later(self, conversation_id: uuid.UUID, seconds: float) -> None:
        now = monotonic()
        self._not_before = {one: at for one, at in self._not_before.items() if at > now}
        self._not_before[conversation_id] = now + seconds


def asked(question: Message) -> str:
    """What a title is asked about: the user's words, and then the names of files, which are the first to be cut."""
    return "\n".join(filter(None, [question.answer, *file_names(question)]))


class FirstExchange(NamedTuple):
    """What a conversation began with, and the model that was asked for its answer, which has this id."""

    answer_id: uuid.UUID
    question: str
    answer: str
    model: str


class Naming:
    """Of one conversation. Both methods are synchronous and read the database."""

    def __init__(self, conversation_id: uuid.UUID, owner_id: uuid.UUID, first: FirstExchange | None = None) -> None:
        self._conversation_id, self._owner_id, self._first = conversation_id, owner_id, first
        self._question = self._answer = ""

    def request(self) -> Request | None:
        """About the first complete answer, while few are complete and there is no title but the first words."""
        first = self._first = self._first or self._read()
        if first is None or not _UNTITLED.all(conversation=self._conversation_id):  # deleted or renamed while this waited for its turn
            return None
        question, said = self._question, self._answer = first.question[:EXCERPT_CHARACTERS], first.answer[:EXCERPT_CHARACTERS]
        return Request(
            model=first.model,
            system=INSTRUCTIONS,
            turns=[Turn("user", f"The person wrote:\n\n{question}\n\nThe answer was:\n\n{said}\n\nThe title, in the person's language:")],
            parameters={},
            user=str(self._owner_id),
            cache_key="titles",
            about={"conversation": str(self._conversation_id)},
        )

    def subject(self) -> Subject:
        """The answer by which it is named, once `request` was called."""
        return Subject(for_message=self._first.answer_id) if self._first else NO_SUBJECT

    def _read(self) -> FirstExchange | None:
        complete = _COMPLETE.all(conversation=self._conversation_id)
        if not 1 <= len(complete) <= MAX_REQUESTS_PER_CONVERSATION:
            return None
        answer = _ANSWER.first(id=complete[0][0])
        if answer is None or answer.parent is None:
            return None
        model = "" if shows_images(answer) or answer.is_spoken else answer.model  # one that makes pictures, or talks, gives no titles
        return FirstExchange(answer.pk, asked(answer.parent), answer.text, model)

    def save(self, suggested: str) -> frames.Frame | None:
        """Returns what is to be published. A title that is of no use is not saved, nor is one that comes after the user's own."""
        title = cleaned(suggested)
        if not title or not shares_a_script(title, self._question, self._answer):
            return None
        if not _GIVE_TITLE(conversation=self._conversation_id, title=title, title_source=TitleSource.MODEL):
            return None
        if (found := listed(self._conversation_id)) is None:
            return None
        conversation, is_running = found
        entries.put_title(conversation)
        return frames.conversation(conversation, running=is_running)


_CONVERSATION = Parameter("conversation", models.UUIDField())
_UNTITLED = Select(lambda: Conversation.objects.filter(pk=_CONVERSATION, title_source=TitleSource.WORDS.value).values_list("pk"))
_COMPLETE = Select(
    lambda: (
        Message.objects.filter(
            conversation=_CONVERSATION, conversation__title_source=TitleSource.WORDS, role=Role.ASSISTANT, status=Status.COMPLETE
        )
        .order_by("id")
        .values_list("pk")[: MAX_REQUESTS_PER_CONVERSATION + 1]
    )
)
_ANSWER = Select(
    lambda: (
        Message.objects.filter(pk=Parameter("id", models.UUIDField()))
        .select_related("parent")
        .only("parts", "model", "parameters", "parent__parts")
    )
)
_GIVE_TITLE = Update(lambda: Conversation.objects.filter(pk=_CONVERSATION, title_source=TitleSource.WORDS.value), ("title", "title_source"))
