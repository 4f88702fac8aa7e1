"""Finds what a user searches for among their own messages and titles, best first."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Value
from django.db.models.functions import Coalesce, StrIndex
from django.utils import timezone

from conversations.models import Conversation, Message, Role, SearchEntry, User
from conversations.models.message_content import found_by

from . import index
from .excerpts import Excerpt, excerpt, marked
from .query import Query, parse

MAX_RESULTS = 40
MAX_PER_CONVERSATION = 5
"""As long as there are others."""
MAX_RANKED, MAX_RANKED_TITLES = 400, 60
"""The newest that match. Those are ranked by more than their age."""
RECENT_DAYS = 30.0


class Result(NamedTuple):
    conversation: Conversation
    message: Message | None
    """None where only the title has the words."""
    title: Excerpt
    excerpt: Excerpt

    @property
    def at(self) -> datetime:
        return self.message.created if self.message else self.conversation.updated


class _Candidate(NamedTuple):
    entry: int
    conversation: uuid.UUID
    message: uuid.UUID | None
    role: str | None
    at: datetime
    together: int
    """Where all words stand as they were typed; 0: nowhere."""
    whole: int
    """The same with the last word whole."""


def search(user: User, text: str) -> list[Result]:
    """At most `MAX_RESULTS`; empty where there is no word in the text."""
    query = parse(text)
    if query is None:
        return []
    best = _best(_candidates(user, query), timezone.now())
    # What an excerpt is made of, and no more. By way of the entries: SQLite would walk through all messages of the user for a few of them.
    needed = ("message__role", "message__parts", "message__status", "message__finish_reason", "message__created")
    entries = SearchEntry.objects.of(user).select_related("message", "conversation").only("conversation", *needed)
    found = entries.in_bulk([one.entry for one in best])
    return [_result(found[one.entry], query) for one in best if one.entry in found]  # the others were deleted in this moment


def _result(entry: SearchEntry, query: Query) -> Result:
    shown = excerpt(found_by(entry.message), query) if entry.message else Excerpt("", [])
    return Result(entry.conversation, entry.message, marked(entry.conversation.title, query), shown)


def _candidates(user: User, query: Query) -> list[_Candidate]:
    matching = index.in_use().matching
    keys = set(matching(user, query, MAX_RANKED, titles_only=False))
    if len(keys) == MAX_RANKED:  # there may be more, and among these titles
        keys.update(matching(user, query, MAX_RANKED_TITLES, titles_only=True))
    entries = SearchEntry.objects.of(user).filter(pk__in=keys).order_by("-id")
    rows = entries.values_list(
        "pk",
        "conversation_id",
        "message_id",
        "message__role",
        Coalesce("message__created", "conversation__updated"),
        StrIndex("words", Value(query.typed)),
        StrIndex("words", Value(f"{query.typed} ")),
    )
    return [_Candidate(*row) for row in rows]


def _best(candidates: Iterable[_Candidate], now: datetime) -> list[_Candidate]:
    candidates = list(candidates)
    titled = {one.conversation for one in candidates if one.message is None}
    said = {one.conversation for one in candidates if one.message is not None}
    # A conversation whose messages are found needs no result for its title, which counts for them.
    shown = [one for one in candidates if one.message or one.conversation not in said]
    ranked = sorted(shown, key=lambda one: (_score(one, one.conversation in titled, now), one.at), reverse=True)
    taken: Counter[uuid.UUID] = Counter()
    first: list[_Candidate] = []
    others: list[_Candidate] = []
    for one in ranked:
        taken[one.conversation] += 1
        (first if taken[one.conversation] <= MAX_PER_CONVERSATION else others).append(one)
    return (first + others)[:MAX_RESULTS]


def _score(candidate: _Candidate, is_titled: bool, now: datetime) -> float:
    """Words as they were typed, and a title that has them, count more than that something is of today: 1 now, and 1/2 after a month."""
    days = max(0.0, (now - candidate.at).total_seconds() / 86_400)
    own_words = 0.25 if candidate.role == Role.USER else 0.0
    as_typed = (candidate.together > 0) + 0.5 * (candidate.whole > 0)
    return as_typed + 1.5 * is_titled + own_words + RECENT_DAYS / (RECENT_DAYS + days)
