"""So many messages a minute: the same in Redis and in memory, whatever happens to Redis in between."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator

import pytest

from conversations import redis_scripts
from conversations.models import User
from conversations.usage.limits import in_force, message_rate
from conversations.usage.limits.exceeded import Exceeded
from conversations.usage.limits.message_rate import MINUTE, Pace, TooSoon
from tests.support import services
from tests.support.budget_people import limit

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]  # with Redis where the run has it

Take = Callable[..., TooSoon | None]
NOON = 1_700_000_000_000_000


@pytest.fixture(params=["memory", "redis"])
def take(request: pytest.FixtureRequest, settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Take]:
    """Counted in one of the two ways, in counters of its own."""
    monkeypatch.setattr(message_rate, "_twin", message_rate.Twin())
    if request.param == "redis" and not os.environ["REDIS_URL"]:
        pytest.skip("needs Redis, which `make test` starts")
    settings.REDIS_URL = os.environ["REDIS_URL"] if request.param == "redis" else ""
    own = uuid.uuid4().hex

    def taken(*paces: Pace, request: str | None = None, now: int = NOON) -> TooSoon | None:
        named = [pace._replace(name=f"{own}:{pace.name}") for pace in paces]
        return message_rate.take(named, f"{own}:{request or uuid.uuid4()}", now)

    yield taken
    assert bool(message_rate._twin._next) == (request.param == "memory")


def test_so_many_at_once_and_then_one_after_the_other(take: Take) -> None:
    pace = Pace.per_minute("alice", 3)
    assert [take(pace) for _ in range(3)] == [None, None, None]
    assert take(pace) == (0, 20_000_000)
    assert take(pace, now=NOON + 19_999_999) == (0, 1)
    assert take(pace, now=NOON + 20_000_000) is None
    assert take(pace, now=NOON + 20_000_000) == (0, 20_000_000)


def test_who_was_away_long_has_no_more_than_the_burst(take: Take) -> None:
    pace = Pace.per_minute("alice", 2)
    assert take(pace) is None
    later = NOON + 100 * MINUTE
    assert [take(pace, now=later) for _ in range(3)] == [None, None, (0, 30_000_000)]


def test_a_request_that_is_sent_again_is_counted_once(take: Take) -> None:
    pace = Pace.per_minute("alice", 1)
    assert take(pace, request="one") is None
    assert take(pace, request="one") is None
    assert take(pace, request="two") is not None
    assert take(pace, request="two", now=NOON + MINUTE) is None  # one that was refused may come again
    assert take(pace, request="three", now=NOON + MINUTE) is not None


def test_what_one_counter_refuses_is_counted_by_none(take: Take) -> None:
    wide, narrow = Pace.per_minute("all", 2), Pace.per_minute("alice", 1)
    assert take(wide, narrow) is None
    assert take(wide, narrow) == (1, MINUTE)
    assert take(wide) is None
    assert take(wide) == (0, MINUTE // 2)


def test_the_one_that_takes_longest_is_told(take: Take) -> None:
    quick, slow = Pace.per_minute("quick", 1, burst=1)._replace(interval=1_000_000), Pace.per_minute("slow", 1)
    assert take(quick, slow) is None
    assert take(quick, slow) == (1, MINUTE)


def test_without_a_given_time_the_clock_counts(take: Take) -> None:
    pace = Pace.per_minute("alice", 1)
    assert take(pace, now=0) is None
    refused = take(pace, now=0)
    assert refused is not None and 0.5 * MINUTE < refused.wait <= MINUTE


def test_a_redis_that_dies_in_between_leaves_each_process_its_own_count(alice: User, settings, monkeypatch) -> None:
    if not shutil.which("redis-server"):
        pytest.skip("There is no Redis on this machine.")
    monkeypatch.setattr(message_rate, "_twin", message_rate.Twin())
    limit(messages_per_minute=2)
    allowed = in_force.applying(alice.pk)

    def send() -> str:
        try:
            message_rate.require(allowed, alice.pk, uuid.uuid4())
        except Exceeded as exceeded:
            return exceeded.detail
        return "sent"

    try:
        with services.redis() as url:
            settings.REDIS_URL = url
            redis_scripts.forget_failure()
            assert [send(), send()] == ["sent", "sent"]
            assert send().startswith("You may send 2 messages a minute. Send yours again in ")
        assert [send(), send()] == ["sent", "sent"]  # not refused for want of Redis, nor let through without end
        assert send().startswith("You may send 2 messages a minute.")
    finally:
        redis_scripts.forget_failure()
