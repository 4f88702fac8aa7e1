"""That an answer was copied is noted: which one, once, and only of one's own."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message, Role, User
from conversations.pages.copying import RATE

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer(alice: User) -> Message:
    made = Conversation.objects.create(owner=alice, updated=timezone.now())
    question = Message.objects.create(conversation=made, owner=alice, role=Role.USER)
    return Message.objects.create(conversation=made, owner=alice, parent=question, role=Role.ASSISTANT)


def note(client: Client, message: Message) -> Any:
    return client.post(f"/c/{message.conversation_id}/messages/{message.pk}/copied/", {}, content_type="application/json")


def test_it_is_noted_and_again_changes_nothing(client: Client, alice: User, answer: Message, django_assert_max_num_queries: Any) -> None:
    client.force_login(alice)
    for _ in range(2):
        with django_assert_max_num_queries(4):
            assert note(client, answer).status_code == 204
        answer.refresh_from_db()
        assert answer.copied is True


def test_only_ones_own_answers_are(client: Client, alice: User, bob: User, answer: Message) -> None:
    assert note(client, answer).status_code == 401
    client.force_login(bob)
    assert note(client, answer).status_code == 404
    client.force_login(alice)
    assert answer.parent
    assert note(client, answer.parent).status_code == 404
    assert client.get(f"/c/{answer.conversation_id}/messages/{answer.pk}/copied/").status_code == 405
    assert not Message.objects.exclude(copied=None).exists()


def test_not_without_end(client: Client, alice: User, bob: User, answer: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RATE, "_per_second", 0)
    client.force_login(alice)
    codes = [note(client, answer).status_code for _ in range(21)]
    assert codes == [204] * 20 + [429]
    client.force_login(bob)
    assert note(client, answer).status_code == 404
