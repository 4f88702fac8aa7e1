"""Where the disk is full, SQLite undoes a whole transaction by itself and goes on without one: nothing is taken for saved that is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from conversations.database_jobs import DatabaseJobs
from conversations.models import Conversation, SearchEntry, User, statements
from conversations.search import entries
from tests.support.talks import Talk

pytestmark = pytest.mark.django_db(transaction=True)

FILL = "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('a', %s, '2000-01-01')"
MOST_PAGES = 1_000_000


@contextmanager
def full_disk() -> Iterator[str]:
    """Gives out a text that doesn't fit any more, into the pages that earlier tests left free either."""
    driver = connection.connection
    names = ("freelist_count", "page_count", "page_size")
    (free,), (pages,), (size,) = (driver.execute(f"PRAGMA {name}").fetchone() for name in names)
    driver.execute(f"PRAGMA max_page_count = {pages}")
    try:
        yield "badger " * ((free + 40) * size // 7)
    finally:
        driver.execute(f"PRAGMA max_page_count = {MOST_PAGES}")


def test_who_passes_over_it_is_told_that_the_transaction_is_over(alice: User) -> None:
    with transaction.atomic():
        Conversation.objects.create(owner=alice, title="one", updated=timezone.now())
        with full_disk() as text, pytest.raises(OperationalError, match="full"):
            statements.change(statements.connection(), FILL, [text])
        assert connection.needs_rollback
    assert not Conversation.objects.exists()


async def test_a_job_that_finds_it_full_takes_no_other_along(alice: User) -> None:
    def save(title: str) -> str:
        with transaction.atomic():
            Conversation.objects.create(owner=alice, title=title, updated=timezone.now())
            return title

    def fill() -> None:
        with full_disk() as text, connection.cursor() as cursor:
            cursor.execute(FILL, [text])

    jobs = DatabaseJobs()
    one, two, three = await asyncio.gather(
        *(jobs.do(job) for job in (lambda: save("one"), fill, lambda: save("three"))), return_exceptions=True
    )
    assert (one, three) == ("one", "three")
    assert isinstance(two, OperationalError)
    assert sorted([title async for title in Conversation.objects.values_list("title", flat=True)]) == ["one", "three"]


def test_what_says_nothing_is_saved_although_its_entry_can_not_be_deleted(alice: User) -> None:
    talk = Talk(alice, "Badgers")
    reply = talk.say("Once it said something", talk.say("Tell me all"))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TRIGGER stuck BEFORE DELETE ON conversations_searchentry BEGIN SELECT RAISE(ABORT, 'stuck'); END")
    try:
        with transaction.atomic():
            reply.parts, reply.finish_reason = [], "stop"
            reply.save()
            entries.put(reply)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER stuck")
    reply.refresh_from_db()
    assert reply.finish_reason == "stop"
    assert SearchEntry.objects.filter(message=reply).exists()
