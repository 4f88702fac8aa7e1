"""The request's history: the chosen path only, alternating roles, the latest messages first where room is short."""

import pytest
from django.utils import timezone

from conversations.generation import history
from conversations.models import Conversation, Message, Role, Status, User, function_parts, text_part
from conversations.providers.request import Turn
from conversations.providers.tools import ToolCall
from conversations.usage.ledger.token_estimate import tokens_read

PLENTY = 10_000


def say(conversation: Conversation, parent: Message | None, role: Role, text: str, **more: object) -> Message:
    return Message.objects.create(
        conversation=conversation, owner=conversation.owner, parent=parent, role=role, parts=[text_part(text)] if text else [], **more
    )


@pytest.fixture
def conversation(alice: User) -> Conversation:
    return Conversation.objects.create(owner=alice, title="t", updated=timezone.now())


@pytest.mark.every_database
def test_only_the_path_is_given(conversation: Conversation) -> None:
    first = say(conversation, None, Role.USER, "one")
    say(conversation, first, Role.ASSISTANT, "another answer that was not chosen")
    answer = say(conversation, first, Role.ASSISTANT, "answer one")
    answer.parts = [{"type": "reasoning", "text": "private thought"}, *answer.parts]
    answer.save()
    second = say(conversation, answer, Role.USER, "two")
    reply = say(conversation, second, Role.ASSISTANT, "", status=Status.PENDING)
    assert history.turns(reply, PLENTY) == [Turn("user", "one"), Turn("assistant", "answer one"), Turn("user", "two")]


def test_an_empty_answer_leaves_roles_in_turn(conversation: Conversation) -> None:
    first = say(conversation, None, Role.USER, "one")
    failed = say(conversation, first, Role.ASSISTANT, "", status=Status.FAILED)
    second = say(conversation, failed, Role.USER, "two")
    reply = say(conversation, second, Role.ASSISTANT, "", status=Status.PENDING)
    assert history.turns(reply, PLENTY) == [Turn("user", "one\n\ntwo")]


def test_going_on_shows_the_model_what_it_said(conversation: Conversation) -> None:
    first = say(conversation, None, Role.USER, "count")
    reply = say(conversation, first, Role.ASSISTANT, "1, 2,", status=Status.STOPPED)
    assert history.turns(reply, PLENTY) == [
        Turn("user", "count"),
        Turn("assistant", "1, 2,"),
        Turn("user", history.continue_instruction("1, 2,")),
    ]
    assert "\n\n1, 2,\n\n" in history.continue_instruction("1, 2,")


def test_going_on_where_the_provider_is_given_the_beginning(conversation: Conversation) -> None:
    first = say(conversation, None, Role.USER, "count")
    reply = say(conversation, first, Role.ASSISTANT, "1, 2, ", status=Status.STOPPED)
    assert history.turns(reply, PLENTY, prefix=True) == [Turn("user", "count")]
    assert history.said(reply) == "1, 2, "
    reply.parts = [{"type": "reasoning", "text": "Hm"}, text_part("word " * 5000 + "end")]
    assert history.said(reply, 900) == history.said(reply)[-1800:]
    answer = say(conversation, first, Role.ASSISTANT, "x" * 1000)
    question = say(conversation, answer, Role.USER, "y" * 1000)
    later = say(conversation, question, Role.ASSISTANT, "z" * 1000, status=Status.STOPPED)
    assert len(history.turns(later, 1000, prefix=True)) == 3
    assert len(history.turns(later, 800, prefix=True)) == 1, "Room is kept for the beginning."


def test_a_reply_that_broke_off_in_thought_is_asked_for_again(conversation: Conversation) -> None:
    first = say(conversation, None, Role.USER, "What is 2+2?")
    reply = say(conversation, first, Role.ASSISTANT, "", status=Status.INTERRUPTED)
    reply.parts = [{"type": "reasoning", "text": "Two and two"}]
    reply.save()
    assert history.turns(reply, PLENTY) == [Turn("user", "What is 2+2?")]


@pytest.mark.every_database
def test_going_on_with_a_long_answer_keeps_its_end_and_the_question(conversation: Conversation) -> None:
    first = say(conversation, None, Role.USER, "Tell me " + "everything " * 200)
    reply = say(conversation, first, Role.ASSISTANT, "word " * 5000 + "the very end", status=Status.STOPPED)
    question, said, instruction = history.turns(reply, 900)
    assert (question.role, said.role, instruction) == ("user", "assistant", Turn("user", history.continue_instruction(reply.text)))
    assert question.text.startswith("Tell me")
    assert said.text.endswith("the very end")
    assert len(said.text) < 2000


@pytest.mark.every_database
def test_the_oldest_turns_are_left_out_first(conversation: Conversation) -> None:
    spoken: list[Message] = []
    for number in range(51):
        role = Role.ASSISTANT if number % 2 else Role.USER
        spoken.append(say(conversation, spoken[-1] if spoken else None, role, f"{number} " + "x" * 400))
    reply = say(conversation, spoken[-1], Role.ASSISTANT, "", status=Status.PENDING)
    kept = history.turns(reply, 2600)
    assert [turn.text for turn in kept] == [message.text for message in spoken[-len(kept) :]]
    assert kept[0].role == "user"
    assert 20 < len(kept) < 51
    assert sum(tokens_read(turn.text) for turn in kept) <= 2600


@pytest.mark.every_database
def test_only_what_is_given_is_read(conversation: Conversation, django_assert_max_num_queries) -> None:
    parent: Message | None = None
    for number in range(61):
        parent = say(conversation, parent, Role.ASSISTANT if number % 2 else Role.USER, f"{number} " + "x" * 4000)
    reply = say(conversation, parent, Role.ASSISTANT, "", status=Status.PENDING)
    with django_assert_max_num_queries(2):
        assert len(history.turns(reply, 3000)) == 1


@pytest.mark.every_database
def test_the_last_turn_always_stays(conversation: Conversation) -> None:
    first = say(conversation, None, Role.USER, "x" * 100_000)
    reply = say(conversation, first, Role.ASSISTANT, "", status=Status.PENDING)
    assert history.turns(reply, 500) == [Turn("user", "x" * 100_000)]


def test_calls_of_functions_and_their_results_are_given_in_pairs_or_not_at_all(conversation: Conversation) -> None:
    """However little room there is; and to results that are the question belongs all that led to them."""
    first = say(conversation, None, Role.USER, "Is it warm? " * 30)
    parent, pairs = first, []
    for number, unanswered in enumerate(("", "call_x")):
        called = say(conversation, parent, Role.ASSISTANT, "Let me see.")
        called.parts += [function_parts.call(call, "weather", '{"city": "Rome"}') for call in (f"call_{number}", unanswered) if call]
        called.save()
        parent = say(conversation, called, Role.USER, "")
        parent.parts = [function_parts.result(f"call_{number}", "weather", "21 degrees " * 20)]
        parent.save()
        pairs += [
            Turn("assistant", "Let me see.", calls=(ToolCall(f"call_{number}", "weather", '{"city": "Rome"}'),)),
            Turn("user", "21 degrees " * 20, call_id=f"call_{number}"),
        ]
    reply = say(conversation, parent, Role.ASSISTANT, "", status=Status.PENDING)
    assert history.turns(reply, 1) == history.turns(reply, PLENTY) == [Turn("user", "Is it warm? " * 30), *pairs]
    answer = say(conversation, parent, Role.ASSISTANT, "Warm.")
    later = say(conversation, say(conversation, answer, Role.USER, "And now?"), Role.ASSISTANT, "", status=Status.PENDING)
    lengths = set()
    for room in range(1, 500, 15):
        given = history.turns(later, room)
        lengths.add(len(given))
        assert (given[0].role, given[0].call_id, given[-1].text) == ("user", "", "And now?")
        called_ids = [call.id for turn in given for call in turn.calls]
        assert called_ids == [turn.call_id for turn in given if turn.call_id] and "call_x" not in called_ids
    assert {1, 7} <= lengths
