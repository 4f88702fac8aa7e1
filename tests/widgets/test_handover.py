"""A visitor's conversation becomes a user's by a link: once, with all that was said, and only where the widget allows it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Feedback, File, Message, Role, SearchEntry, Status, User, Visitor, Widget, attach, text_part
from conversations.models.invitations import digest
from conversations.search import entries
from conversations.widgets import handover, known
from conversations.widgets.visitors import Identity, admitted
from tests.support import widget_visitors
from tests.support.files import stored_file
from tests.support.widget_visitors import Visitor as Browser

pytestmark = pytest.mark.django_db

SECRET = "s" * 43


@pytest.fixture
def widget() -> Widget:
    return widget_visitors.widget(hands_over=True)


@pytest.fixture
def conversation(widget: Widget) -> Conversation:
    """Of a visitor whose browser's secret is SECRET."""
    visitor = admitted(Identity(widget, digest(f"anonymous:{SECRET}")), None)
    made = Conversation.objects.create(owner=visitor, title="Boots?", updated=timezone.now(), prompt=widget.prompt)
    question = Message.objects.create(conversation=made, owner=visitor, role=Role.USER, parts=[text_part("Boots?")])
    attach(question, [stored_file(visitor, b"A boot")])
    entries.add(question, titled=True)
    answer = Message.objects.create(conversation=made, owner=visitor, parent=question, role=Role.ASSISTANT, parts=[text_part("Yes.")])
    Feedback.objects.create(message=answer, user=visitor, thumb="up")
    return made


def link(conversation: Conversation) -> str:
    return f"/c/claim/{handover.token_of(conversation)}/"


@pytest.mark.every_database  # what refers to a user does so there by constraints
def test_it_becomes_the_users_once(client: Client, alice: User, bob: User, conversation: Conversation) -> None:
    address = link(conversation)
    assert "/accounts/login/" in client.get(address)["Location"]
    client.force_login(alice)
    assert "“Boots?” becomes a conversation of alice" in client.get(address).content.decode()
    assert Conversation.objects.get().owner != alice  # a look takes nothing
    assert client.post(address)["Location"] == f"/c/{conversation.pk}/"
    for rows in (Conversation.objects.of(alice), Message.objects.of(alice), File.objects.of(alice), SearchEntry.objects.of(alice)):
        assert rows.exists() and rows.count() == rows.model._default_manager.count()
    assert Feedback.objects.get().user == alice
    visitor = Visitor.objects.get()
    assert not Conversation.objects.of(visitor.user).exists()
    client.force_login(bob)
    assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)
    assert Conversation.objects.get().owner == alice


def test_not_while_an_answer_is_written_nor_later_than_an_hour(
    client: Client, alice: User, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(alice)
    running = Message.objects.filter(role=Role.ASSISTANT)
    running.update(status=Status.STREAMING)
    refused = client.post(link(conversation))
    assert refused.status_code == 409 and "still being written" in refused.content.decode()
    running.update(status=Status.COMPLETE)
    address = link(conversation)
    monkeypatch.setattr("time.time", (timezone.now() + timedelta(hours=2)).timestamp)
    assert client.post(address).status_code == 404
    monkeypatch.undo()
    assert client.post(f"{address[:-3]}/").status_code == 404
    known.forget()
    Widget.objects.update(hands_over=False)
    assert client.post(address).status_code == 404 and Conversation.objects.get().owner != alice


@pytest.mark.django_db(transaction=True)
def test_only_its_visitor_is_given_the_link(widget: Widget, conversation: Conversation) -> None:
    async def asked(secret: str, of: uuid.UUID) -> Any:
        return await Browser(widget, secret).post("handover", {"conversation": str(of)})

    given = async_to_sync(asked)(SECRET, conversation.pk)
    path = urlsplit(given.json()["url"])
    assert path.netloc == "testserver" and handover.offered(path.path.split("/")[3]) == conversation
    admitted(Identity(widget, digest(f"anonymous:{'o' * 43}")), None)
    for stranger in ("t" * 43, "o" * 43):
        assert async_to_sync(asked)(stranger, conversation.pk).status_code == 404
    assert async_to_sync(asked)(SECRET, uuid.uuid4()).status_code == 404
    Widget.objects.update(hands_over=False)
    known.forget()
    assert async_to_sync(asked)(SECRET, conversation.pk).status_code == 404
