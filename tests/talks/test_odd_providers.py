"""What providers send that isn't as documented does no harm to what is said and heard."""

from __future__ import annotations

import uuid
from typing import Any, cast

import pytest

from conversations.commands import spoken
from conversations.models import Conversation, Message, User, text_part
from conversations.models.messages import UNKNOWN_WORDS
from conversations.talks.turn import Turn


def test_a_piece_of_sound_may_end_amid_a_sample() -> None:
    turn = Turn("item", uuid.uuid4(), b"", cast("Any", None), cast("Any", Answer()))
    assert [turn.whole_samples(piece) for piece in (b"123", b"", b"45", b"6")] == [b"12", b"", b"34", b"56"]


class Answer:
    id = uuid.uuid4()


@pytest.mark.django_db
def test_a_transcript_may_hold_what_no_database_can(alice: User) -> None:
    conversation = Conversation.objects.create(owner=alice, title=spoken.UNTITLED, updated=alice.date_joined)
    message = Message.objects.create(conversation=conversation, owner=alice, role="user", parts=[text_part(UNKNOWN_WORDS)])
    spoken.understood(message.pk, alice.pk, "Who\x00 is there?")
    conversation.refresh_from_db()
    message.refresh_from_db()
    assert (message.text, conversation.title) == ("Who\ufffd is there?", "Who\ufffd is there?")
