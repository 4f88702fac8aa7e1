"""Jobs that wait for the database together are done together, and what becomes of one is no other's business."""

import asyncio
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from conversations import logs
from conversations.commands import exchange
from conversations.commands.idempotency import Exchange
from conversations.commands.refusals import Refused
from conversations.database_jobs import DatabaseJobs, job_transaction
from conversations.models import Attachment, Conversation, File, Message, User, attach
from tests.support.files import stored_file

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


def fail_in_the_database(conversation: Conversation | None = None) -> None:
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


async def test_one_that_passes_over_an_error_of_the_database_takes_no_other_along(alice: User) -> None:
    def pass_over() -> str:
        with suppress(DatabaseError):
            fail_in_the_database()
        return "passed over"

    jobs = DatabaseJobs()
    assert await asyncio.gather(*map(jobs.do, [saving(alice, "one"), pass_over])) == ["one", "passed over"]
    assert await titles() == {"one"}


async def test_those_that_wait_share_the_way_and_the_transaction(alice: User) -> None:
    begun: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        begun.append(sql)
        return execute(sql, params, many, context)

    def saved_in(title: str) -> object:
        saving(alice, title, within=job_transaction)()
        return current_transaction()

    jobs = DatabaseJobs()
    await jobs.do(lambda: connection.execute_wrappers.append(note))
    transactions = await asyncio.gather(*(jobs.do(partial(saved_in, str(number))) for number in range(5)))
    await jobs.do(lambda: connection.execute_wrappers.remove(note))
    assert len(set(transactions)) == 1
    assert [sql for sql in begun if sql.startswith(("BEGIN", "SAVEPOINT"))] == (
        ["BEGIN IMMEDIATE"] if connection.vendor == "sqlite" else []
    )
    assert len(await titles()) == 5


def current_transaction() -> object:
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_current()" if connection.vendor == "postgresql" else "SELECT 1")
        return cursor.fetchone()[0]


async def test_a_command_that_is_refused_or_sent_again_takes_no_other_along(alice: User) -> None:
    def sending(text: str, request_id: uuid.UUID) -> Callable[[], Exchange]:
        return partial(exchange.send, alice, request_id, conversation_id=None, parent_id=None, text=text, prompt=None)

    jobs, request_id = DatabaseJobs(), uuid.uuid4()
    sent = [sending("one", request_id), sending(" ", uuid.uuid4()), sending("one", request_id), sending("two", uuid.uuid4())]
    one, refused, again, two = await asyncio.gather(*map(jobs.do, sent), return_exceptions=True)
    assert isinstance(refused, Refused)
    assert (one.is_new, again.is_new, again.reply, two.is_new) == (True, False, one.reply, True)
    assert await titles() == {"one", "two"}


async def test_a_connection_that_breaks_amid_the_jobs_is_replaced(alice: User, connection_breaks: Callable[[], None]) -> None:
    once = iter([connection_breaks])
    jobs = DatabaseJobs()
    work = [saving(alice, "one"), saving(alice, "two", lambda _: next(once, lambda: None)()), saving(alice, "three")]
    assert await asyncio.gather(*map(jobs.do, work)) == ["one", "two", "three"]
    assert await titles() == {"one", "two", "three"}


async def test_what_may_be_committed_is_not_done_again(alice: User, connection_breaks: Callable[[], None]) -> None:
    """Where only the answer to a commit may be lost, the callers of its jobs are told, who know how to find out."""
    done: list[str] = []

    def break_before_the_commit() -> None:
        done.append("last")
        connection_breaks()

    jobs = DatabaseJobs()
    found = await asyncio.gather(*map(jobs.do, [saving(alice, "one"), break_before_the_commit]), return_exceptions=True)
    assert [isinstance(one, OperationalError | InterfaceError) for one in found] == [True, True]
    assert done == ["last"]


async def test_jobs_that_would_wait_for_another_process_for_ever_are_done_alone(alice: User) -> None:
    """As that process waits for what one of them holds."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer.")
    lock = "SELECT FROM conversations_conversation WHERE id = %s FOR UPDATE"
    one, two = [await Conversation.objects.acreate(owner=alice, title=title, updated=timezone.now()) for title in ("one", "two")]

    def hold_and_want(held: uuid.UUID, wanted: uuid.UUID, holds: threading.Event) -> None:
        with other.transaction():
            other.execute(lock, [held])
            holds.set()
            other.execute(lock, [wanted])

    def rename(conversation: Conversation, then: Callable[[], None]) -> None:
        with job_transaction(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL deadlock_timeout = '10ms'")  # so that it is not the other one that is ended
            cursor.execute(lock, [conversation.pk])
            then()
            Conversation.objects.filter(pk=conversation.pk).update(title=f"{conversation.title}, renamed")

    def until_it_waits() -> None:
        done.append("one")
        if not it_holds.is_set():
            thread.start()
        with connection.cursor() as cursor:
            while thread.is_alive() and cursor.execute("SELECT FROM pg_locks WHERE pid = %s AND NOT granted", [process]).rowcount == 0:
                pass

    it_holds, done = threading.Event(), list[str]()
    with await sync_to_async(another_connection)() as other:
        process = other.info.backend_pid
        thread = threading.Thread(target=hold_and_want, args=(two.pk, one.pk, it_holds))
        jobs = DatabaseJobs()
        await asyncio.gather(jobs.do(partial(rename, one, until_it_waits)), jobs.do(partial(rename, two, lambda: None)))
        thread.join()
    assert done == ["one", "one"]
    assert await titles() == {"one, renamed", "two, renamed"}


async def test_commands_with_the_same_files_in_two_processes_wait_for_each_other_only_alone(alice: User) -> None:
    """Several commands in one transaction may name files in any order."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer.")
    one, two = [await sync_to_async(stored_file)(alice, content) for content in (b"one", b"two")]
    conversation = await Conversation.objects.acreate(owner=alice, title="t", updated=timezone.now())
    holds, wants, got = threading.Event(), threading.Event(), list[uuid.UUID]()

    def other_process() -> None:
        lock = "SELECT FROM conversations_file WHERE id = %s FOR UPDATE"
        with other.transaction():
            other.execute("SET LOCAL deadlock_timeout = '1h'; SET LOCAL lock_timeout = '10s'")
            other.execute(lock, [two.pk])
            holds.set()
            assert wants.wait(60)
            other.execute(lock, [one.pk])
            got.append(one.pk)

    def ask_with(file: File) -> uuid.UUID:
        with job_transaction(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL deadlock_timeout = '1h'")  # so that none is ended
            message = Message.objects.create(conversation=conversation, owner=alice, role="user", parts=[])
            attach(message, [file])
            wants.set()
            return message.pk

    with await sync_to_async(another_connection)() as other:
        thread = threading.Thread(target=other_process)
        thread.start()
        await asyncio.to_thread(holds.wait, 60)
        jobs = DatabaseJobs()
        asked = await asyncio.gather(jobs.do(partial(ask_with, one)), jobs.do(partial(ask_with, two)))
        thread.join()
    assert got == [one.pk]
    assert [found async for found in Attachment.objects.order_by("message").values_list("message", "file")] == [
        *zip(asked, (one.pk, two.pk), strict=True)
    ]


def another_connection() -> psycopg.Connection[Any]:
    connection.ensure_connection()
    return psycopg.connect(connection.connection.info.dsn, password=connection.settings_dict["PASSWORD"], autocommit=True)


@pytest.fixture
def connection_breaks() -> Callable[[], None]:
    """Has the server end the connection of its caller."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is a file.")

    def end() -> None:
        with another_connection() as another:
            process = connection.connection.info.backend_pid
            another.execute("SELECT pg_terminate_backend(%s, 5000)", [process])

    return end


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


async def test_what_was_done_for_a_caller_that_went_is_undone(alice: User) -> None:
    jobs, begun, go_on = DatabaseJobs(), threading.Event(), threading.Event()
    undone: list[str] = []

    def wait(conversation: Conversation) -> None:
        begun.set()
        go_on.wait(10)

    assert await jobs.do_for_caller(saving(alice, "Kept"), undone.append) == "Kept"
    asking = asyncio.ensure_future(jobs.do_for_caller(saving(alice, "Left", wait), undone.append))
    await asyncio.to_thread(begun.wait, 10)
    asking.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert undone == ["Left"]


async def test_it_is_undone_however_often_its_caller_is_cancelled(alice: User) -> None:
    """As the server does where the database takes longer than a request has to end."""
    jobs, begun, go_on = DatabaseJobs(), threading.Event(), threading.Event()
    undone: list[str] = []

    def wait(conversation: Conversation) -> None:
        begun.set()
        go_on.wait(10)

    asking = asyncio.ensure_future(jobs.do_for_caller(saving(alice, "Left", wait), undone.append))
    await asyncio.to_thread(begun.wait, 10)
    for _ in range(3):
        asking.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert asking.cancelled()
    go_on.set()
    while not undone:
        await jobs.do(lambda: None)
    assert undone == ["Left"]
