"""A month's budget holds to the cent: whatever runs at the same time, in whichever process, and however it ends."""

import asyncio
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.models import Attempt, Conversation, Message, Reservation, Role, Spending, Status, User
from conversations.processes import recovery
from conversations.processes.registry import Registry
from conversations.usage.budgets import months, recounting, reservations, sweeping
from conversations.usage.exceeded import Exceeded
from conversations.usage.limits import concurrency, in_force
from tests.support import ledger
from tests.support.limits import DOLLAR, estimate, limit, price, reserve, taken
from tests.support.limits import spending as counters
from tests.support.scripted_openai import Answer, Finish, Gate, Hold, Request, ScriptedOpenAI, Stay, Text
from tests.support.serving import Serving
from tests.support.site import Site
from tests.support.socket_client import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]

USED = {"input_tokens": 40, "cached_tokens": 0, "output_tokens": 60, "reasoning_tokens": 0}
PER_TOKEN = 1_000_000
"""Nanodollars: the models of these tests cost $1000 for a million tokens."""


@pytest.fixture
def priced(openai: ScriptedOpenAI) -> ScriptedOpenAI:
    """Every answer and every title takes a hundred tokens, which is ten cents."""
    openai.answer_with = lambda request: Answer(steps=(Text("Once"), Finish("stop", USED)))
    return openai


def total() -> int:
    return sum(cost or 0 for cost in Attempt.objects.values_list("cost", flat=True))


# The counters themselves


def test_reserving_in_many_threads_at_once_never_holds_back_too_much(alice: User) -> None:
    limit(monthly_tokens=10_500)
    limit(counting="together", monthly_tokens=10_100)
    start = threading.Barrier(20)

    def one(_: int) -> int:
        start.wait()
        try:
            return reserve(alice) or 0
        except Exceeded:
            return 0
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        granted = list(pool.map(one, range(20)))
    assert sorted(granted) == [0] * 10 + [900] * 10  # a hundred tokens are left, too few for an answer
    assert counters("site")[2:] == counters(f"user:{alice.pk}")[2:] == (0, 10_000)


def test_answers_that_begin_in_many_threads_at_once_are_never_too_many(alice: User) -> None:
    limit(concurrent_replies=3)
    allowed = in_force.applying(alice.pk)
    within = Conversation.objects.create(owner=alice, updated=timezone.now())
    start = threading.Barrier(12)

    def one(_: int) -> int:
        start.wait()
        try:
            with transaction.atomic():
                begun = Message.objects.create(conversation=within, owner=alice, role=Role.ASSISTANT, status=Status.PENDING)
                concurrency.require(allowed, alice.pk, begun.pk)
                return 1
        except Exceeded:
            return 0
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(one, range(12))) == 3
    assert Message.objects.running().count() == 3


def test_settling_moves_what_was_used_once(alice: User) -> None:
    limit(monthly_cost=5)
    reply = uuid.uuid4()
    assert reserve(alice, reply) == 900
    assert counters(f"user:{alice.pk}") == (0, DOLLAR, 0, 1000)
    assert reservations.settle(reply, taken(70 * PER_TOKEN, 70))
    assert not reservations.settle(reply, taken(70 * PER_TOKEN, 70))
    assert counters(f"user:{alice.pk}") == (70 * PER_TOKEN, 0, 70, 0)


def test_an_answer_gets_what_is_left_as_long_as_that_is_of_use(alice: User) -> None:
    limit(monthly_tokens=1_000 + 100 + 256)
    assert [reserve(alice), reserve(alice)] == [900, 256]
    with pytest.raises(Exceeded):
        reserve(alice)
    limit(monthly_tokens=None, monthly_cost=1, counting="together")
    with pytest.raises(Exceeded):
        reserve(alice, of=estimate(write=100))


def test_a_short_answer_needs_no_more_than_it_may_take(alice: User) -> None:
    limit(monthly_tokens=110)
    assert reserve(alice, of=estimate(read=100, write=10)) == 10


def test_what_costs_nothing_is_never_refused_for_its_cost(alice: User) -> None:
    limit(monthly_cost=1)
    assert [reserve(alice), reserve(alice, of=estimate(nano_per_token=0))] == [900, 900]


def test_more_is_held_back_for_reading_than_was_estimated(alice: User) -> None:
    limit(monthly_tokens=10_000)
    reserve(alice, of=estimate(read=100, write=900)._replace(margin=2.0))
    assert counters(f"user:{alice.pk}")[3] == 1_100


def test_a_counter_begins_with_what_the_ledger_says_of_this_month(alice: User, bob: User) -> None:
    now, before = timezone.now(), months.beginning(months.current()) - timedelta(hours=1)
    later = months.beginning(months.following(months.current()))
    for owner, started, cost in ((alice, now, 300), (alice, before, 5_000), (alice, later, 5_000), (bob, now, 70), (alice, now, None)):
        written: dict[str, Any] = {"recorded": started, "started": started, "number": 1, "outcome": "ok", "duration_ms": 1}
        Attempt.objects.create(owner=owner, cost=cost, input_tokens=2, output_tokens=None if cost is None else 3, **written)
    limit(monthly_tokens=10_000)
    limit(counting="together", monthly_tokens=10_000)
    reserve(alice)
    assert counters(f"user:{alice.pk}") == (300, DOLLAR, 7, 1_000)
    assert counters("site") == (370, DOLLAR, 12, 1_000)


def test_what_was_not_held_back_before_counts_where_there_is_a_counter(alice: User, bob: User) -> None:
    limit(counting="together", monthly_tokens=10_000)
    reserve(alice)
    reservations.add(bob.pk, taken(11, 7))
    assert counters("site") == (11, DOLLAR, 7, 1_000)
    assert Spending.objects.count() == 1


def test_a_changed_limit_counts_anew_what_nobody_kept_in_step(alice: User) -> None:
    limit(monthly_tokens=10_000)
    reply = uuid.uuid4()
    reserve(alice, reply)
    Spending.objects.update(spent_tokens=9_999, reserved_tokens=0)
    recounting.changed()
    assert counters(f"user:{alice.pk}") == (0, DOLLAR, 0, 1_000)


def test_what_is_shared_is_counted_before_anybody_needs_it(alice: User) -> None:
    limit(counting="together", monthly_tokens=10_000)
    limit(monthly_tokens=10_000)
    recounting.changed()
    assert list(Spending.objects.values_list("subject", flat=True)) == ["site"]
    Spending.objects.all().delete()
    sweeping.sweep()
    assert counters("site") == (0, 0, 0, 0)


def test_a_new_month_begins_anew_and_an_answer_counts_where_it_began(alice: User, monkeypatch) -> None:
    limit(monthly_tokens=1_000)
    reply = uuid.uuid4()
    reserve(alice, reply)
    following = months.following(months.current())
    monkeypatch.setattr(months, "current", lambda: following)
    assert reserve(alice) == 900
    reservations.settle(reply, taken(0, 600))
    assert list(Spending.objects.order_by("month").values_list("spent_tokens", "reserved_tokens")) == [(600, 0), (0, 1_000)]


def test_what_a_dead_process_left_held_back_is_settled_by_the_ledger(alice: User) -> None:
    limit(monthly_tokens=10_000)
    reply = uuid.uuid4()
    reserve(alice, reply)
    assert sweeping.sweep() == 0  # it may just have begun
    now = timezone.now()
    Reservation.objects.update(created=now - timedelta(minutes=3))
    for minutes, tokens in ((5, 1_000), (1, 70)):  # before it was continued, and since
        ledger.attempt(now - timedelta(minutes=minutes), owner=alice, reply_id=reply, input_tokens=tokens, cost=tokens)
    assert [sweeping.sweep(), sweeping.sweep()] == [1, 0]
    assert counters(f"user:{alice.pk}") == (70, 0, 70, 0)
    for _ in range(2):  # it is taken up, and once more
        reserve(alice, reply)
    assert counters(f"user:{alice.pk}") == (70, DOLLAR, 70, 1_000)


def test_a_new_counter_is_compared_with_the_ledger_once_more(alice: User) -> None:
    limit(monthly_tokens=10_000)
    reserve(alice)
    Spending.objects.update(spent_tokens=77, counted=timezone.now() - timedelta(seconds=11))  # a process that didn't know of it yet
    sweeping.sweep()
    assert counters(f"user:{alice.pk}")[2:] == (0, 1_000)
    Spending.objects.update(spent_tokens=77, counted=timezone.now() - timedelta(seconds=11))
    sweeping.sweep()
    assert counters(f"user:{alice.pk}")[2] == 77  # once


def test_changing_a_limit_does_not_count_everybody_one_by_one(alice: User) -> None:
    """An answer that ends meanwhile waits for it: counting a large site must take few queries, whichever limit was changed."""
    month = months.current()
    Spending.objects.bulk_create(Spending(subject=f"user:{uuid.uuid4()}", month=month, counted=timezone.now()) for _ in range(50))
    with CaptureQueriesContext(connection) as queries:
        recounting.changed()
    assert len(queries) < 30


# Answers


async def test_an_answer_is_settled_with_what_it_took_and_so_is_its_title(alice: User, priced: ScriptedOpenAI) -> None:
    await sync_to_async(price)()
    await sync_to_async(limit)(monthly_cost=100)
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello")
        await socket.until("finished")
        await until(lambda: Attempt.objects.count() == 2)
        assert await sync_to_async(counters)(f"user:{alice.pk}") == (200 * PER_TOKEN, 0, 200, 0)
        assert not await Reservation.objects.aexists()
        assert await sync_to_async(total)() == 200 * PER_TOKEN
        reply = await Message.objects.aget(pk=accepted["reply"])
        assert priced.streams[0].body["max_tokens"] == reply.parameters["max_output_tokens"] == 8192


async def test_the_provider_is_told_how_long_the_answer_may_get(alice: User, priced: ScriptedOpenAI) -> None:
    await sync_to_async(price)()
    await sync_to_async(limit)(monthly_tokens=1_000)
    async with Socket(alice) as socket:
        await socket.answer("Hello")
        most = priced.streams[0].body["max_tokens"]
        assert 256 <= most < 900


@pytest.mark.parametrize("command", ["send", "edit", "regenerate", "continue"])
async def test_every_way_to_an_answer_is_counted(alice: User, priced: ScriptedOpenAI, command: str) -> None:
    async with Socket(alice) as socket:
        first = await socket.answer("Hello")
        reply = await Message.objects.select_related("parent").aget(pk=first["message"])
        await Message.objects.filter(pk=reply.pk).aupdate(finish_reason="length")
        await sync_to_async(limit)(monthly_tokens=300)
        fields: dict[str, dict[str, Any]] = {
            "send": {"text": "More", "conversation": first["conversation"]},
            "edit": {"text": "Better", "message": reply.parent_id},
        }
        before = await Message.objects.acount()
        await socket.command(command, **fields.get(command, {"message": first["message"]}))
        error = await socket.next_error()
        assert error["code"] == "limit"
        assert "300 tokens" in error["detail"]
        assert await Message.objects.acount() == before
        assert (await Message.objects.aget(pk=reply.pk)).status == "complete"


async def test_a_stopped_answer_and_one_that_failed_hold_nothing_back(alice: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(limit)(monthly_tokens=50_000)
    openai.script(Text("Endless " * 10), Stay())
    openai.queue(Answer(status=400, body={"error": {"message": "No."}}))
    async with Socket(alice) as socket:
        accepted = await socket.send("Go on")
        await socket.until("delta")
        assert await Reservation.objects.acount() == 1
        await socket.command("stop", message=accepted["reply"])
        await socket.until("finished", status="stopped")
        assert not await Reservation.objects.aexists()
        spent = (await sync_to_async(counters)(f"user:{alice.pk}"))[2]
        assert 20 <= spent < 300  # what was said, and what was read for it
        await socket.answer("Again", accepted["conversation"])
        assert (await sync_to_async(counters)(f"user:{alice.pk}"))[2:] == (spent, 0)


async def test_an_answer_whose_conversation_is_deleted_is_paid_for(alice: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(limit)(monthly_tokens=50_000)
    openai.script(Text("Doomed " * 10), Stay())
    async with Socket(alice) as socket:
        accepted = await socket.send("Go on")
        await socket.until("delta")
        await sync_to_async(socket.client.post)(f"/c/{accepted['conversation']}/delete/")
        await until(lambda: not Reservation.objects.exists())
        assert (await sync_to_async(counters)(f"user:{alice.pk}"))[2] >= 17


async def test_a_lost_answer_is_settled_with_an_estimate(alice: User, openai: ScriptedOpenAI, monkeypatch) -> None:
    await sync_to_async(limit)(monthly_tokens=50_000)
    gate = Gate()
    openai.script(Text("Some words"), Hold(gate), Finish("stop", USED))
    async with Socket(alice) as socket:
        accepted = await socket.send("Go on")
        await socket.until("delta")
        held = await Reservation.objects.aget()
        reply = Message.objects.filter(pk=accepted["reply"])
        past = timezone.now() - timedelta(seconds=1)
        parts = [{"type": "text", "text": "x" * 400}]
        await reply.aupdate(lease_holder=uuid.uuid4(), lease_until=past, parts=parts, status="streaming")
        await sync_to_async(recovery.claim)(Registry(), [uuid.UUID(accepted["reply"])])
        assert (await sync_to_async(counters)(f"user:{alice.pk}"))[2:] == (held.input_tokens + 100, 0)
        gate.open()


async def test_as_many_answers_at_once_as_are_allowed(alice: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(limit)(concurrent_replies=2)
    gate = Gate()
    for _ in range(3):
        openai.script(Text("One "), Hold(gate), Finish())
    async with Socket(alice) as socket:
        first = await socket.send("One")
        await socket.send("Two")
        await socket.command("send", text="Three", conversation=None)
        error = await socket.next_error()
        assert error["code"] == "limit"
        assert error["detail"].startswith("2 answers are being written for you already")
        request = await socket.command("regenerate", message=first["reply"])  # takes the place of one of them
        await socket.until("accepted", id=request)
        gate.open()
        await socket.until("finished", status="complete")
        await socket.until("finished", status="complete")
        await socket.answer("Three")


async def test_a_message_that_is_sent_again_is_counted_once(alice: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(limit)(messages_per_minute=1, concurrent_replies=1, monthly_tokens=50_000)
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello")
        await socket.until("finished")
        again = await socket.send("Hello", id=accepted["id"])
        assert again["reply"] == accepted["reply"]
        await socket.command("send", text="Another", conversation=None)
        error = await socket.next_error()
        assert error["code"] == "limit"
        assert "You may send one message a minute." in error["detail"]
        assert error["resets"]


async def until(true: Any) -> None:
    async with asyncio.timeout(10):
        while not await sync_to_async(true)():  # noqa: ASYNC110  (the database has no event for it)
            await asyncio.sleep(0.01)


# Several processes


@pytest.fixture
def site(serve: Serving, provider: ScriptedOpenAI) -> Iterator[Site]:
    with Site(serve, provider.base_url) as site:
        site.start()
        site.start()
        yield site


SETUP = """
import time
from conversations.models import Limit, Model, Origin, Provider
from conversations.routing import catalog
catalog.read()
Model.objects.create(provider=Provider.objects.get(origin=Origin.ENVIRONMENT), name="scripted", input_price=1000, output_price=1000)
Limit.objects.create({limit})
time.sleep(2.1)  # by then every process knows
"""


@pytest.mark.several_processes
@pytest.mark.timeout(180)
def test_fifty_messages_at_once_in_two_processes_cost_no_more_than_the_budget(site: Site, provider: ScriptedOpenAI) -> None:
    """Every answer uses up all that it may have. Each that is let through fits; the sum is exact, and not a cent over."""

    def answer(request: Request) -> Answer:
        most = request.body["max_tokens"]
        return Answer(steps=(Text("x"), Finish("length", {**USED, "output_tokens": most})))

    provider.answer_with = answer
    budget = 20 * DOLLAR
    site.processes[0].served.manage("shell", "-c", SETUP.format(limit="monthly_cost=20, counting='together'"))
    tabs = [site.tab(site.processes[number % 2], f"person{number % 5}") for number in range(10)]
    for tab in tabs:
        for _ in range(5):
            tab.command("send", conversation=None, parent=None, text="Go", attachments=[], prompt=None, model=None)
    codes = []
    most_held = 0
    waiting = dict.fromkeys(tabs, 5)
    for tab in tabs:
        while waiting[tab]:
            frame = tab.next()
            if frame["type"] in ("accepted", "error"):
                codes.append(frame.get("code", "accepted"))
                waiting[tab] -= 1
            (row,) = site.rows("SELECT COALESCE(MAX(spent_cost + reserved_cost), 0) FROM conversations_spending")
            most_held = max(most_held, int(row[0]))
    assert set(codes) == {"accepted", "limit"}
    site.until(lambda: site.rows("SELECT COUNT(*) FROM conversations_reservation") == [(0,)])
    ((spent, held),) = site.rows("SELECT spent_cost, reserved_cost FROM conversations_spending WHERE subject = 'site'")
    ((paid,),) = site.rows("SELECT SUM(cost) FROM conversations_attempt")
    assert held == 0
    assert spent == paid  # to the last nanodollar
    assert max(most_held, spent) <= budget
    assert spent > budget * 0.9  # and there was no fear of it, either


@pytest.mark.several_processes
@pytest.mark.timeout(180)
def test_fifty_messages_at_once_in_two_processes_run_no_more_than_are_allowed(site: Site, provider: ScriptedOpenAI) -> None:
    gate = Gate()
    provider.answer_with = lambda request: Answer(steps=(Text("x"), Hold(gate), Finish()))
    site.processes[0].served.manage("shell", "-c", SETUP.format(limit="concurrent_replies=7"))
    tabs = [site.tab(site.processes[number % 2], "alice") for number in range(10)]
    for tab in tabs:
        for _ in range(5):
            tab.command("send", conversation=None, parent=None, text="Go", attachments=[], prompt=None, model=None)
    ends = {"accepted": 0, "limit": 0}
    for tab in tabs:
        answered = 0
        while answered < 5:
            frame = tab.next()
            if frame["type"] in ("accepted", "error"):
                ends[frame.get("code", "accepted")] += 1
                answered += 1
    assert ends == {"accepted": 7, "limit": 43}
    assert site.rows("SELECT COUNT(*) FROM conversations_message WHERE status IN ('pending', 'streaming')") == [(7,)]
    gate.open()
    site.until(lambda: site.rows("SELECT COUNT(*) FROM conversations_message WHERE status IN ('pending', 'streaming')") == [(0,)])
    tabs[0].send("Once more")
