"""While processes are replaced, those of the version before work on this version's tables."""

from __future__ import annotations

import pytest
from django.db import connection

from conversations.models import Feedback, SearchEntry, Thumb, User
from tests.support.talks import Talk

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]


def test_they_delete_messages_with_feedback_and_entries_that_they_do_not_know_of(alice: User) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("With SQLite there is one process.")
    talk, kept = Talk(alice, "Newts"), Talk(alice, "Toads")
    answer = talk.say("Newts regrow legs", talk.say("What do newts do?"))
    Feedback.objects.create(message=answer, user=alice, thumb=Thumb.UP)
    kept.say("Toads dig")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM conversations_message WHERE conversation_id = %s", [talk.conversation.pk])
        cursor.execute("DELETE FROM conversations_conversation WHERE id = %s", [talk.conversation.pk])
    connection.check_constraints()
    assert not Feedback.objects.exists()
    assert {entry.conversation_id for entry in SearchEntry.objects.all()} == {kept.conversation.pk}
    assert SearchEntry.objects.count() == 2
