"""Support finds a row by whatever a user can send of it, and learns names only where it may view users."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from conversations.models import Attempt, Conversation, Message, Role, User
from tests.support.admin_pages import staff, url
from tests.support.ledger import attempt

pytestmark = pytest.mark.django_db

RIGHTS = ("view_conversation", "view_message", "view_attempt")


def row_of(user: User) -> tuple[Conversation, Message, Attempt]:
    conversation = Conversation.objects.create(owner=user, updated=timezone.now())
    Message.objects.create(conversation=conversation, owner=user, role=Role.USER)
    reply = Message.objects.create(conversation=conversation, owner=user, role=Role.ASSISTANT)
    return conversation, reply, attempt(timezone.now(), "model", reply=reply, owner=user)


def found(client: Client, model: str, words: str) -> set[uuid.UUID]:
    return {row.pk for row in client.get(url(f"{model}_changelist"), {"q": words}).context["cl"].result_list}


def forms(pk: uuid.UUID) -> list[str]:
    """As users and lists write it."""
    end = pk.hex[-8:]
    reference = f"{end[:4]}-{end[4:]}"
    return [
        str(pk),
        pk.hex,
        str(pk).upper(),
        f"…{pk.hex[-12:]}",
        end,
        reference,
        f"(reference {reference.upper()}).",
        f"Reference: {reference}",
    ]


@pytest.mark.every_database
def test_by_the_reference_of_a_message(client: Client, alice: User, bob: User, admin: User) -> None:
    conversation, reply, tried = row_of(alice)
    row_of(bob)
    client.force_login(admin)
    for words in forms(reply.pk):
        assert found(client, "message", words) == {reply.pk}, words
        assert found(client, "attempt", words) == {tried.pk}, words
        assert found(client, "conversation", words) == {conversation.pk}, words


@pytest.mark.every_database
def test_by_the_address_and_the_id_of_a_conversation(client: Client, alice: User, bob: User, admin: User) -> None:
    conversation, _, tried = row_of(alice)
    row_of(bob)
    client.force_login(admin)
    address = f"/c/{conversation.pk}/"
    for words in (
        *forms(conversation.pk),
        address,
        f"https://chat.example.org/some/path{address}?x=1#end",
        f"<http://localhost:8000{address}>,",
    ):
        assert found(client, "conversation", words) == {conversation.pk}, words
        assert found(client, "message", words) == set(conversation.messages.values_list("pk", flat=True)), words
        assert found(client, "attempt", words) == {tried.pk}, words


@pytest.mark.every_database
def test_by_the_id_of_an_attempt_or_a_user(client: Client, alice: User, bob: User, admin: User) -> None:
    conversation, _, tried = row_of(alice)
    row_of(bob)
    client.force_login(admin)
    for words in forms(tried.pk):
        assert found(client, "attempt", words) == {tried.pk}, words
    for words in forms(alice.pk):
        assert found(client, "conversation", words) == {conversation.pk}, words


@pytest.mark.every_database
@pytest.mark.parametrize("words", ["deadbeef", "1234-5678", "…0123456789ab", "%%%%%%%%", "________", "/c/nothing/", "reference"])
def test_what_is_nobodys_finds_nothing_and_breaks_nothing(client: Client, alice: User, admin: User, words: str) -> None:
    row_of(alice)
    client.force_login(admin)
    everything = words == "reference"
    for model in ("conversation", "message", "attempt"):
        assert bool(found(client, model, words)) is everything


def test_names_are_for_those_who_may_view_users(client: Client, alice: User, bob: User) -> None:
    conversation, reply, tried = row_of(alice)
    pages = [
        *(url(f"{model}_changelist") for model in ("conversation", "message", "attempt")),
        *(url(f"{model}_change", row.pk) for model, row in (("conversation", conversation), ("message", reply), ("attempt", tried))),
    ]
    client.force_login(staff(bob, *RIGHTS))
    for page in pages:
        shown = client.get(page).content.decode()
        assert "alice" not in shown, page
        assert alice.pk.hex[-12:] in shown or page == url("attempt_changelist"), page
    for word in ("alice", "alice@example.org"):
        assert found(client, "conversation", word) == found(client, "message", word) == found(client, "attempt", word) == set()
    assert found(client, "conversation", alice.pk.hex[-12:]) == {conversation.pk}
    bob.user_permissions.add(Permission.objects.get(codename="view_user"))
    for page in pages:
        if page != url("attempt_changelist"):
            assert "alice" in client.get(page).content.decode(), page
    assert found(client, "conversation", "alice") == {conversation.pk}


def test_messages_stand_in_reading_order_with_seconds_and_a_zone(client: Client, alice: User, admin: User, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    conversation, reply, _ = row_of(alice)
    question = conversation.messages.get(role=Role.USER)
    Message.objects.filter(pk=question.pk).update(created="2026-11-26T03:49:07Z")
    Message.objects.filter(pk=reply.pk).update(run=3, parts=[{"type": "text", "text": "1234567"}])
    client.force_login(admin)
    shown = client.get(url("conversation_change", conversation.pk)).content.decode()
    assert shown.index(str(question.pk)) < shown.index(str(reply.pk))
    assert "26 Nov 2026, 12:49:07 JST" in shown
    assert '<td class="number">7</td>' in shown
