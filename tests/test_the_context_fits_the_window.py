"""What the model is given: the path and nothing beside it, roles in turn, the latest words first when room is short."""

import pytest
from django.utils import timezone

from conversations.models import Conversation, Message, Role, Status, User, text_part
from conversations.providers.request import Turn
from conversations.replies import context


def say(conversation: Conversation, parent: Message | None, role: Role, text: str, **more: object) -> Message:
    return Message.objects.create(
        conversation=conversation, owner=conversation.owner, parent=parent, role=role, parts=[text_part(text)] if text else [], **more
    )


@pytest.fixture
def conversation(alice: User) -> Conversation:
    return Conversation.objects.create(owner=alice, title="t", updated=timezone.now())


def test_only_the_path_is_given(conversation: Conversation) -> None:
    first = say(conversation, None, Role.USER, "one")
    say(conversation, first, Role.ASSISTANT, "another answer that was not chosen")
    answer = say(conversation, first, Role.ASSISTANT, "answer one")
    answer.parts = [{"type": "reasoning", "text": "private thought"}, *answer.parts]
    answer.save()
    second = say(conversation, answer, Role.USER, "two")
    reply = say(conversation, second, Role.ASSISTANT, "", status=Status.PENDING)
    assert context.turns(reply) == [Turn("user", "one"), Turn("assistant", "answer one"), Turn("user", "two")]


def test_an_empty_answer_leaves_roles_in_turn(conversation: Conversation) -> None:
    first = say(conversation, None, Role.USER, "one")
    failed = say(conversation, first, Role.ASSISTANT, "", status=Status.FAILED)
    second = say(conversation, failed, Role.USER, "two")
    reply = say(conversation, second, Role.ASSISTANT, "", status=Status.PENDING)
    assert context.turns(reply) == [Turn("user", "one\n\ntwo")]


def test_going_on_shows_the_model_what_it_said(conversation: Conversation) -> None:
    first = say(conversation, None, Role.USER, "count")
    reply = say(conversation, first, Role.ASSISTANT, "1, 2,", status=Status.STOPPED)
    assert context.turns(reply) == [Turn("user", "count"), Turn("assistant", "1, 2,"), Turn("user", context.CONTINUE)]


def test_the_oldest_turns_are_left_out_first() -> None:
    spoken = [Turn("user" if i % 2 == 0 else "assistant", f"{i} " + "x" * 400) for i in range(9)]
    kept = context.trimmed(spoken, "system", window=600, answer=100)
    assert kept
    assert kept == spoken[-len(kept) :]
    assert kept[0].role == "user"
    assert len(kept) < len(spoken)
    assert sum(context.estimated_tokens(turn.text) for turn in kept) <= 500


def test_the_last_turn_always_stays() -> None:
    long = [Turn("user", "x" * 100_000)]
    assert context.trimmed(long, "system", window=2048, answer=None) == long
