"""An answer is found from its end on, whichever way it ends, and the index can be rebuilt while it is used."""

from __future__ import annotations

import asyncio
import threading
import uuid
from datetime import timedelta
from functools import partial
from io import StringIO

import pytest
from asgiref.sync import sync_to_async
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from conversations.commands import exchange, owned
from conversations.database_jobs import DatabaseJobs
from conversations.jobs.context import Reason, Stopped, TaskContext
from conversations.models import Message, SearchEntry, User, text_part
from conversations.processes import checkpoints, handover, recovery
from conversations.processes.registry import Registry
from conversations.search import entries, rebuilding
from conversations.search.results import search
from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Text
from tests.support.socket_client import Socket
from tests.support.talks import Talk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]


async def found(user: User, typed: str) -> list[str]:
    """The ids of the messages; of a title, the title."""
    results = await sync_to_async(search)(user, typed)
    return [str(result.message.pk) if result.message else result.title.text for result in results]


async def test_an_answer_is_found_from_its_end_on_and_its_title_with_it(
    alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "INTERVAL_SECONDS", 0.05)
    gate = Gate()
    openai.script(Text("Marmots "), Hold(gate), Text("hibernate"), Finish("length"))
    openai.script(Text(" in burrows"), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("Tell me")
        reply = accepted["reply"]
        await socket.until("delta", message=reply)
        while not (await Message.objects.aget(pk=reply)).parts:  # a checkpoint has saved it
            pass
        assert await found(alice, "marmots") == []
        gate.open()
        await socket.until("finished", message=reply)
        assert await found(alice, "marmots hibernate") == [reply]
        await socket.command("continue", message=reply)
        await socket.until("finished", message=reply)
        assert await found(alice, "hibernate burrows") == [reply]
        while (await socket.until("conversation"))["title"] != "A fitting title":
            pass
    assert await found(alice, "fitting title") == ["A fitting title"]
    assert await SearchEntry.objects.acount() == 3


async def test_a_stopped_and_a_lost_answer_are_found(alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    openai.script(Text("Stopped badger"), Hold(gate), Finish())
    openai.script(Text("Lost heron"), Hold(gate), Finish())
    async with Socket(alice) as socket:
        stopped = (await socket.send("One"))["reply"]
        await socket.until("delta", message=stopped)
        await socket.command("stop", message=stopped)
        await socket.until("finished", message=stopped)
        assert await found(alice, "badger") == [stopped]
        lost = (await socket.send("Two"))["reply"]
        await socket.until("delta", message=lost)
        expired = {"lease_until": timezone.now() - timedelta(seconds=5), "lease_holder": uuid.uuid4()}
        await Message.objects.filter(pk=lost).aupdate(parts=[{"type": "text", "text": "Lost her"}], **expired)
        with monkeypatch.context() as patch:
            patch.setattr(handover, "is_possible", lambda *_: False)
            await sync_to_async(recovery.claim)(Registry(), [uuid.UUID(lost)])
        assert (await Message.objects.aget(pk=lost)).status == "interrupted"
        assert await found(alice, "her") == [lost]
        gate.open()


def test_its_rebuilding_is_a_job_that_says_how_far_it_is(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "BATCH_SIZE", 2)
    talk = Talk(alice, "Birds")
    lost = [talk.say(f"heron number {number}") for number in range(4)]
    SearchEntry.objects.filter(message__in=lost).delete()
    context, said = TaskContext(rebuilding.rebuild_search_index.enqueue()), []
    monkeypatch.setattr(context, "check", lambda: said.append((context.done, context.total)))
    assert rebuilding.rebuild_search_index.call(context, {}) == "4 entries were missing or out of date."
    assert said == [(0, 5), (1, 5), (3, 5), (5, 5)]
    assert len(search(alice, "heron")) == 4
    SearchEntry.objects.filter(message__in=lost).delete()
    monkeypatch.undo()
    context.stop(Reason.CANCELLED)
    with pytest.raises(Stopped):
        rebuilding.rebuild_search_index.call(context, {})
    assert search(alice, "heron") == []


def test_it_is_built_anew_while_it_is_used(alice: User) -> None:
    talk = Talk(alice, "Birds")
    for number in range(40):
        talk.say(f"heron number {number}")
    broken = talk.say("a broken heron")
    SearchEntry.objects.filter(message=broken).delete()
    done = threading.Event()

    def rebuild() -> None:
        try:
            call_command("rebuild_search", stdout=StringIO())
        finally:
            connection.close()
            done.set()

    thread = threading.Thread(target=rebuild)
    thread.start()
    used = 0
    while not done.is_set() or used < 3:
        sent = exchange.send(alice, uuid.uuid4(), conversation_id=None, parent_id=None, text=f"stork {used}", prompt=None, model=None)
        assert len(search(alice, "heron")) == 40  # the most that is shown
        assert search(alice, f"stork {used}")[0].message == sent.message
        sent.conversation.delete()
        used += 1
    thread.join()
    assert search(alice, "stork") == []
    assert [result.message for result in search(alice, '"broken heron"')] == [broken]


def test_an_end_is_written_while_its_conversation_is_locked_and_waits_for_it(alice: User) -> None:
    """The entry refers to the conversation: a transaction that holds that and waits for the answer must not keep it from being saved."""
    talk = Talk(alice, "Owls")
    reply = talk.say("", talk.say("When do owls hunt?"))
    waiting, failed = threading.Event(), []

    def edit() -> None:
        try:
            with transaction.atomic():
                owned.conversation(alice, talk.conversation.pk)
                waiting.set()
                Message.objects.select_for_update().filter(pk=reply.pk).first()
        except OperationalError as error:
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=edit)
    with transaction.atomic():
        Message.objects.filter(pk=reply.pk).update(parts=[text_part("Owls hunt at dusk")])
        thread.start()
        if connection.vendor == "postgresql":  # SQLite has one writer, who has begun
            assert waiting.wait(10)
        reply.parts = [text_part("Owls hunt at dusk")]
        entries.put(reply)
    thread.join(10)
    assert not failed
    assert [result.message for result in search(alice, "dusk")] == [reply]


async def test_messages_are_saved_although_their_words_can_not_be(alice: User) -> None:
    """Also those that are written in the same transaction, and their words."""
    refuse = {
        "postgresql": (
            "ALTER TABLE conversations_searchentry ADD CONSTRAINT no_badgers CHECK (words NOT LIKE '%badger%')",
            "ALTER TABLE conversations_searchentry DROP CONSTRAINT no_badgers",
        ),
        "sqlite": (
            "CREATE TRIGGER no_badgers BEFORE INSERT ON conversations_searchentry WHEN new.words LIKE '%badger%' "
            "BEGIN SELECT RAISE(ABORT, 'no badgers'); END",
            "DROP TRIGGER no_badgers",
        ),
    }
    begin, end = refuse[connection.vendor]
    jobs = DatabaseJobs()
    sent = [
        partial(exchange.send, alice, uuid.uuid4(), conversation_id=None, parent_id=None, text=text, prompt=None)
        for text in ("a heron", "a badger", "a marmot")
    ]
    await sync_to_async(execute)(begin)
    try:
        made = await asyncio.gather(*map(jobs.do, sent))
    finally:
        await sync_to_async(execute)(end)
    assert await Message.objects.filter(pk__in=[one.message.pk for one in made]).acount() == 3
    assert [bool(await found(alice, word)) for word in ("heron", "badger", "marmot")] == [True, False, True]


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
