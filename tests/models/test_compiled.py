"""What is compiled once says to the database what Django would say, and reads what it answers as Django does."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Subquery
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.commands import choice, owned, pending_reply
from conversations.generation import title_suggestion
from conversations.live import authentication
from conversations.models import Conversation, Message, Role, SearchEntry, Status, SystemPrompt, TitleSource, User, messages, text_part
from conversations.models.compiled import Select, Update
from conversations.models.insertion import insert
from conversations.processes import stored_end
from conversations.search import entries

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]

ID, OTHER, NOW = uuid.UUID(int=1), uuid.UUID(int=2), timezone.now()


def said(do: Callable[[], Any]) -> list[str]:
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        do()
    return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]


SELECTS: dict[str, tuple[Select[Any], dict[str, Any], Callable[[], models.QuerySet[Any, Any]]]] = {
    "the default prompt": (
        choice._DEFAULT,
        {},
        lambda: SystemPrompt.objects.offered_to(User()).filter(is_default=True).select_related("published"),
    ),
    "the default prompt for staff": (
        choice._DEFAULT_FOR_STAFF,
        {},
        lambda: SystemPrompt.objects.offered_to(User(is_staff=True)).filter(is_default=True).select_related("published"),
    ),
    "a conversation": (
        owned._CONVERSATION,
        {"owner": OTHER, "id": ID},
        lambda: (
            Conversation.objects.filter(owner=OTHER, pk=ID).select_related("prompt__published").select_for_update(no_key=True, of=("self",))
        ),
    ),
    "a parent": (
        owned._PARENT,
        {"conversation": OTHER, "id": ID},
        lambda: Message.objects.filter(conversation=OTHER, pk=ID).defer("parts"),
    ),
    "siblings": (
        messages._CHILDREN,
        {"conversation": OTHER, "parent": ID},
        lambda: Message.objects.filter(conversation=OTHER, parent=ID).order_by("id").values_list("id", "status"),
    ),
    "links": (
        messages._LINKS,
        {"conversation": ID},
        lambda: Message.objects.filter(conversation=ID).order_by("id").values_list("id", "parent_id", "status"),
    ),
    "a conversation in the list": (
        messages._LISTED,
        {"conversation": ID},
        lambda: Conversation.objects.filter(pk=ID).annotate(running=Exists(Message.objects.running().filter(conversation=OuterRef("pk")))),
    ),
    "complete answers without a title": (
        title_suggestion._COMPLETE,
        {"conversation": ID},
        lambda: (
            Message.objects.filter(
                conversation=ID, conversation__title_source=TitleSource.WORDS, role=Role.ASSISTANT, status=Status.COMPLETE
            )
            .order_by("id")
            .values_list("pk")[:4]
        ),
    ),
    "an answer and its question": (
        title_suggestion._ANSWER,
        {"id": ID},
        lambda: Message.objects.filter(pk=ID).select_related("parent").only("parts", "model", "parameters", "parent__parts"),
    ),
    "a user and a session": (
        authentication._USER_AND_SESSION,
        {"id": ID, "session": "key", "now": NOW},
        lambda: User.objects.filter(pk=ID).annotate(
            session_data=Subquery(Session.objects.filter(session_key="key", expire_date__gt=NOW).values("session_data"))
        ),
    ),
}


@pytest.mark.parametrize("name", SELECTS)
def test_it_asks_what_django_asks(name: str) -> None:
    compiled, values, queryset = SELECTS[name]
    assert said(lambda: compiled.all(**values)) == said(lambda: list(queryset()))


UPDATES: dict[str, tuple[Update, dict[str, Any], dict[str, Any], Callable[[], models.QuerySet[Any]]]] = {
    "the end of a reply": (
        stored_end._END,
        {"id": ID, "holder": OTHER, "in_run": 3},
        {
            "parts": [text_part("a “quote” 100 % ü")],
            "status": Status.COMPLETE,
            "run": 4,
            "model": "m",
            "note": "",
            "parameters": {"temperature": 1},
            "finish_reason": "stop",
            "error_kind": "",
            "error_cause": "",
            "retry_at": NOW,
            "usage": {"input_tokens": 1},
            "cost": 1,
            "upstream": {"after": 1},
            "stop_asked": False,
            "started": NOW,
            "first_token": NOW,
            "finished": NOW,
            "lease_holder": OTHER,
            "lease_until": NOW,
        },
        lambda: Message.objects.filter(pk=ID, lease_holder=OTHER, run=3),
    ),
    "the chosen path": (
        pending_reply._CHOOSE,
        {"id": ID},
        {"leaf_id": OTHER, "updated": NOW, "prompt_id": OTHER, "prompt_label": "staging", "model": "m", "effort": "", "archived": False},
        lambda: Conversation.objects.filter(pk=ID),
    ),
    "a suggested title": (
        title_suggestion._GIVE_TITLE,
        {"conversation": ID},
        {"title": "A title", "title_source": TitleSource.MODEL},
        lambda: Conversation.objects.filter(pk=ID, title_source=TitleSource.WORDS),
    ),
    "the words of a title": (
        entries._PUT_TITLE,
        {"conversation": ID},
        {"words": " a title "},
        lambda: SearchEntry.objects.filter(conversation=ID, message=None),
    ),
}


@pytest.mark.parametrize("name", UPDATES)
def test_it_sets_what_django_sets(name: str) -> None:
    compiled, which, values, queryset = UPDATES[name]
    named = {name.removesuffix("_id"): value for name, value in values.items()}
    assert said(lambda: compiled(**which, **values)) == said(lambda: queryset().update(**named))


def test_nothing_is_set_to_nothing(alice: User) -> None:
    conversation = Conversation.objects.create(owner=alice, updated=NOW)
    reply = Message.objects.create(
        conversation=conversation, owner=alice, lease_holder=OTHER, retry_at=NOW, usage={"a": 1}, upstream={"a": 1}
    )
    values = {**UPDATES["the end of a reply"][2], "retry_at": None, "usage": None, "cost": None, "upstream": None, "lease_holder": None}
    assert stored_end._END(id=reply.pk, holder=OTHER, in_run=0, **values) == 1
    cleared = Message.objects.filter(
        pk=reply.pk, retry_at__isnull=True, usage__isnull=True, cost__isnull=True, upstream__isnull=True, lease_holder__isnull=True
    )
    assert cleared.exists(), "Without a value a column holds none, and not the null of JSON."


def test_rows_are_as_django_makes_them(alice: User) -> None:
    def new() -> tuple[Conversation, Message, Message]:
        conversation = Conversation(owner=alice, title="T", updated=NOW, created=NOW)
        question = Message(conversation=conversation, owner=alice, role=Role.USER, parts=[text_part("Hé 100 %")], created=NOW)
        reply = Message(
            conversation=conversation,
            owner=alice,
            parent=question,
            role=Role.ASSISTANT,
            status=Status.PENDING,
            parameters={"temperature": 0.5},
            lease_until=NOW + timedelta(seconds=5),
        )
        conversation.leaf = reply
        return conversation, question, reply

    ours, theirs = new(), new()
    insert([ours[0]])
    insert(ours[1:])
    theirs[0].leaf = None
    theirs[0].save(force_insert=True)
    Message.objects.bulk_create(theirs[1:])
    theirs[0].leaf = theirs[2]
    theirs[0].save()
    for mine, other in zip(ours, theirs, strict=True):
        assert not mine._state.adding
        assert comparable(mine) == comparable(other)


def comparable(instance: models.Model) -> dict[str, Any]:
    """The row, without what differs between two of the same kind."""
    row = type(instance)._base_manager.filter(pk=instance.pk).values().get()
    return {name: value for name, value in row.items() if not name.endswith("id") and name not in ("created", "id")}


def test_a_row_that_is_there_is_replaced(alice: User) -> None:
    conversation = Conversation.objects.create(owner=alice, updated=NOW)
    message = Message.objects.create(conversation=conversation, owner=alice)
    for words in (" one ", " two "):
        entry = SearchEntry(owner=alice, conversation=conversation, message=message, words=words)
        insert([entry], replacing=("message", "words"))
    assert list(SearchEntry.objects.filter(message=message).values_list("words", flat=True)) == [" two "]
