"""Jobs that wait for the database together are done together, and what becomes of one is no other's business."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from conversations import logs
from conversations.database_jobs import DatabaseJobs, job_transaction
from conversations.models import Conversation, Message, User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]


def saving(
    owner: User,
    title: str,
    then: Callable[[Conversation], None] = lambda conversation: None,
    within: Callable[[], transaction.Atomic] = transaction.atomic,
) -> Callable[[], str]:
    def save() -> str:
        with within():
            then(Conversation.objects.create(owner=owner, title=title, updated=timezone.now()))
            return title

    return save


def refuse(conversation: Conversation) -> None:
    raise ValueError("Not this one")


def refer_to_nothing(conversation: Conversation) -> None:
    """Which the database finds out when the transaction ends."""
    Message.objects.create(conversation=conversation, owner_id=conversation.owner_id, parent_id=uuid.uuid4())


def fail_in_the_database(conversation: Conversation) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT no_such_column FROM conversations_conversation")


@pytest.mark.parametrize(
    ("spoil", "error"), [(refuse, ValueError), (refer_to_nothing, IntegrityError), (fail_in_the_database, DatabaseError)]
)
@pytest.mark.parametrize("within", [transaction.atomic, job_transaction])
async def test_one_that_fails_is_undone_alone(
    alice: User, within: Callable[[], transaction.Atomic], spoil: Callable[[Conversation], None], error: type[Exception]
) -> None:
    jobs = DatabaseJobs()
    work = [saving(alice, "one", within=within), saving(alice, "two", spoil, within), saving(alice, "three", within=within)]
    one, two, three = await asyncio.gather(*map(jobs.do, work), return_exceptions=True)
    assert (one, three) == ("one", "three")
    assert isinstance(two, error)
    assert await titles() == {"one", "three"}


async def test_one_that_leaves_no_way_but_back_takes_no_other_along(alice: User) -> None:
    def spoil() -> str:
        if connection.in_atomic_block:
            transaction.set_rollback(True)
        return "spoiled"

    jobs = DatabaseJobs()
    assert await asyncio.gather(*map(jobs.do, [saving(alice, "one"), spoil, saving(alice, "two")])) == ["one", "spoiled", "two"]
    assert await titles() == {"one", "two"}


async def test_those_that_wait_share_the_way_and_on_sqlite_the_transaction(alice: User) -> None:
    begun: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        begun.append(sql)
        return execute(sql, params, many, context)

    jobs = DatabaseJobs()
    await jobs.do(lambda: connection.execute_wrappers.append(note))
    await asyncio.gather(*(jobs.do(saving(alice, f"number {number}", within=job_transaction)) for number in range(5)))
    await jobs.do(lambda: connection.execute_wrappers.remove(note))
    if connection.vendor == "sqlite":
        assert [sql for sql in begun if sql.startswith(("BEGIN", "SAVEPOINT"))] == ["BEGIN IMMEDIATE"]
    assert len(await titles()) == 5


async def test_each_knows_whose_it_is_and_a_caller_who_is_gone_stops_no_other(alice: User) -> None:
    jobs, heard = DatabaseJobs(), []

    async def ask(number: int) -> None:
        logs.request_id.set(str(number))
        heard.append(await jobs.do(lambda: (number, logs.request_id.get())))

    tasks = [asyncio.create_task(ask(number)) for number in range(20)]
    await asyncio.sleep(0)
    tasks[3].cancel()
    tasks[15].cancel()
    await asyncio.wait(tasks)
    assert sorted(heard) == [(number, str(number)) for number in range(20) if number not in (3, 15)]


@sync_to_async
def titles() -> set[str]:
    return set(Conversation.objects.values_list("title", flat=True))
