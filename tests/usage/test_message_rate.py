"""So many messages a minute: counted with the reply that they begin, exactly, with any number of processes and without Redis."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from django.db import connection, connections, transaction

from conversations.commands import exchange
from conversations.commands.refusals import Refused
from conversations.models import Message, MessageRate, User
from conversations.usage.budgets import sweeping
from conversations.usage.exceeded import Exceeded
from conversations.usage.limits import in_force, message_rate, subject_names
from conversations.usage.limits.message_rate import TooSoon
from conversations.usage.limits.pace import MINUTE, Pace
from tests.support.limits import limit

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]
NOON = 1_700_000_000_000_000


def take(*, now: int = NOON, **paces: Pace) -> TooSoon | None:
    with transaction.atomic():
        return message_rate.take(paces, now)


def test_so_many_at_once_and_then_one_after_the_other() -> None:
    pace = Pace.per_minute(3)
    assert [take(alice=pace) for _ in range(3)] == [None, None, None]
    assert take(alice=pace) == ("alice", 20_000_000)
    assert take(alice=pace, now=NOON + 19_999_999) == ("alice", 1)
    assert take(alice=pace, now=NOON + 20_000_000) is None
    assert take(alice=pace, now=NOON + 20_000_000) == ("alice", 20_000_000)


def test_who_was_away_long_has_no_more_than_the_burst() -> None:
    pace = Pace.per_minute(2)
    assert take(alice=pace) is None
    later = NOON + 100 * MINUTE
    assert [take(alice=pace, now=later) for _ in range(3)] == [None, None, ("alice", 30_000_000)]


def test_what_one_counter_refuses_is_counted_by_none() -> None:
    wide, narrow = Pace.per_minute(2), Pace.per_minute(1)
    assert take(all=wide, alice=narrow) is None
    assert take(all=wide, alice=narrow) == ("alice", MINUTE)
    assert take(all=wide) is None
    assert take(all=wide) == ("all", MINUTE // 2)


def test_the_one_that_takes_longest_is_told() -> None:
    quick, slow = Pace(1_000_000, 1), Pace.per_minute(1)
    assert take(quick=quick, slow=slow) is None
    assert take(quick=quick, slow=slow) == ("slow", MINUTE)


def test_a_clock_that_was_an_hour_ahead_does_not_keep_the_user_waiting() -> None:
    pace = Pace.per_minute(2)
    assert take(alice=pace, now=NOON + 60 * MINUTE) is None
    assert take(alice=pace) is None
    assert take(alice=pace) is None
    assert take(alice=pace) == ("alice", MINUTE // 2)


def test_the_clock_counts(alice: User) -> None:
    limit(messages_per_minute=1)
    message_rate.require(in_force.applying(alice.pk))
    with pytest.raises(Exceeded, match=r"You may send one message a minute\. Send yours again in 60 seconds\."):
        message_rate.require(in_force.applying(alice.pk))


def test_it_costs_two_queries_where_a_rate_applies_and_none_elsewhere(alice: User, django_assert_num_queries: Any) -> None:
    limit(person=alice, concurrent_replies=5)
    limit(monthly_tokens=500)
    allowed = in_force.applying(alice.pk)
    with django_assert_num_queries(0):
        message_rate.require(allowed)
    limit(counting="together", messages_per_minute=100)
    rated = [*in_force.applying(alice.pk), *_alone(alice)]
    message_rate.require(rated)
    with django_assert_num_queries(2):
        message_rate.require(rated)


def _alone(person: User) -> list[in_force.Allowed]:
    return [in_force.Allowed(subject_names.of_user(person.pk), "", messages_per_minute=5)]


def test_a_message_that_is_sent_again_is_counted_once(alice: User) -> None:
    limit(messages_per_minute=2)
    first, second = uuid.uuid4(), uuid.uuid4()
    assert [_send(alice, one) for one in (first, first, first)] == ["sent"] * 3
    assert _send(alice, second) == "sent"
    assert _send(alice, third := uuid.uuid4()) == "refused"
    assert _send(alice, second) == "sent"
    MessageRate.objects.all().delete()
    assert _send(alice, third) == "sent", "One that was refused may come again."


def test_a_message_that_another_limit_refuses_is_not_counted(alice: User) -> None:
    limit(messages_per_minute=2, concurrent_replies=1)
    assert _send(alice) == "sent"
    assert [_send(alice) for _ in range(3)] == ["refused"] * 3
    Message.objects.running().update(status="complete")
    assert _send(alice) == "sent"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("counting", ["each", "together"])
def test_exactly_so_many_of_those_that_come_at_once_are_let_through(alice: User, bob: User, counting: str) -> None:
    """Their first messages, too, for which there is no row yet."""
    limit(messages_per_minute=3, counting=counting)
    people = [alice] * 8 if counting == "each" else [alice, bob] * 4
    at_once, ends = threading.Barrier(8), []

    def send(person: User) -> None:
        at_once.wait()
        ends.append(_send(person))
        connections.close_all()

    threads = [threading.Thread(target=send, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["refused"] * 5 + ["sent"] * 3


@pytest.mark.django_db(transaction=True)
def test_redis_makes_no_difference(alice: User, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    limit(messages_per_minute=2)
    assert [_send(alice) for _ in range(3)] == ["sent", "sent", "refused"]


def test_rows_that_say_nothing_any_more_are_deleted(alice: User) -> None:
    limit(messages_per_minute=2)
    MessageRate.objects.create(subject="user:gone", arrival=NOON)
    _send(alice)
    sweeping.sweep()
    assert [row.subject for row in MessageRate.objects.all()] == [subject_names.of_user(alice.pk)]


def _send(person: User, request: uuid.UUID | None = None) -> str:
    try:
        exchange.send(person, request or uuid.uuid4(), conversation_id=None, parent_id=None, text="Hello", prompt=None, model=None)
    except Refused as refused:
        assert refused.code == "limit"
        assert connection.in_atomic_block or not connection.needs_rollback
        return "refused"
    return "sent"
