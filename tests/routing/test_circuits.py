"""A provider that fails again and again is not asked for a while; then one request finds out whether it works again."""

from __future__ import annotations

import asyncio
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError, connections
from django.utils import timezone

from conversations.models import Message, OpenCircuit, Provider, User
from conversations.routing import catalog, circuits, open_circuit, outcomes, routes
from conversations.routing.catalog import CatalogReader, Circuit
from conversations.routing.circuits import Circuits
from conversations.routing.open_circuit import Admission
from tests.support.circuits import let_time_pass, opened
from tests.support.idle import until_idle
from tests.support.scripted_openai import Answer, Finish, Gate, Hold, Text, failure
from tests.support.socket_client import Socket
from tests.support.two_providers import SECRETS, Providers, guarded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def circuit() -> Circuit:
    return str(uuid.uuid4()), "a-model"


@pytest.fixture(autouse=True)
def _short_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_circuit, "FIRST_BREAK_SECONDS", 0.2)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", lambda: made.now)
    monkeypatch.setattr(open_circuit, "FIRST_BREAK_SECONDS", 20.0)
    return made


class Clock:
    """Goes on when it is told to: how long a test takes is another matter."""

    def __init__(self) -> None:
        self.now = timezone.now()


class Process:
    """Circuits as a process of its own knows them."""

    def __init__(self) -> None:
        self.catalog = CatalogReader()
        self.circuits = Circuits(self.catalog)
        self.look()

    def look(self) -> None:
        """What happens every other second."""
        self.catalog.forget()
        self.catalog.read()

    def opens(self, circuit: Circuit, retry_after: float | None = None) -> float:
        return [self.circuits.failed(circuit, retry_after=retry_after) for _ in range(circuits.OPENS_AFTER)][-1]

    def until_admitted(self, circuit: Circuit, clock: Clock) -> Admission:
        clock.now += timedelta(seconds=self.circuits.admit(circuit).seconds)
        return self.circuits.admit(circuit)


@pytest.fixture(params=["database", "no database"])
def alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Process:
    """It promises the same while the database is away."""
    made = Process()
    if request.param == "no database":
        _cut(monkeypatch)
    return made


def _cut(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise DatabaseError("away")

    for name in ("rows", "store"):
        monkeypatch.setattr(circuits, name, away)


@pytest.mark.every_database
def test_the_whole_cycle(alone: Process, circuit: Circuit, clock: Clock) -> None:
    one = alone.circuits
    for _ in range(circuits.OPENS_AFTER - 1):
        assert one.failed(circuit) == 0
        assert one.admit(circuit) == Admission(True)
    seconds = one.failed(circuit)
    assert 10 < seconds <= 20
    clock.now += timedelta(seconds=seconds - 1)
    refused = one.admit(circuit)
    assert (refused.allowed, refused.seconds) == (False, pytest.approx(1))
    assert one.open_circuits()[circuit] > 0

    assert alone.until_admitted(circuit, clock).trial
    assert not one.admit(circuit).allowed, "One request tries it, and no other meanwhile."
    assert 30 < one.failed(circuit, trial=True) <= 40, "It failed: twice as long."
    assert not one.admit(circuit).allowed

    assert alone.until_admitted(circuit, clock).trial
    one.released(circuit)
    assert one.admit(circuit).trial, "Nothing was learned, so the next one tries."
    one.succeeded(circuit, trial=True)
    assert one.admit(circuit) == Admission(True)
    assert circuit not in one.open_circuits()


def test_a_success_in_between_starts_the_count_again(alone: Process, circuit: Circuit) -> None:
    for _ in range(3):
        for _ in range(circuits.OPENS_AFTER - 1):
            alone.circuits.failed(circuit)
        alone.circuits.succeeded(circuit)
    assert alone.circuits.admit(circuit).allowed


def test_it_stays_open_as_long_as_the_provider_wished(alone: Process, circuit: Circuit) -> None:
    alone.opens(circuit, retry_after=100.0)
    assert 90 < alone.circuits.admit(circuit).seconds <= 100


@pytest.mark.every_database
def test_a_break_has_a_longest_length(circuit: Circuit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_circuit, "FIRST_BREAK_SECONDS", 10.0)
    one = Process()
    one.opens(circuit)
    OpenCircuit.objects.update(open_until=timezone.now(), failed_trials=2_000)
    assert one.circuits.failed(circuit, trial=True) == open_circuit.LONGEST_BREAK_SECONDS


@pytest.mark.every_database
def test_another_process_knows_of_it_with_its_next_look(circuit: Circuit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_circuit, "FIRST_BREAK_SECONDS", 30.0)
    assert catalog.FRESH_SECONDS <= 2
    one, other = Process(), Process()
    one.opens(circuit)
    other.look()
    assert other.circuits.admit(circuit).seconds > 29
    assert other.circuits.open_circuits()[circuit] > 29
    assert other.opens(circuit) < 30, "It is open already: failures of another process don't make that longer."
    other.circuits.succeeded(circuit, trial=True)
    one.look()
    assert one.circuits.admit(circuit) == Admission(True)


@pytest.mark.every_database
def test_exactly_one_of_many_processes_tries_it(circuit: Circuit) -> None:
    Process().opens(circuit)
    processes = [Process() for _ in range(4)]
    OpenCircuit.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    for process in processes:
        process.look()
    at_once = threading.Barrier(8)
    admitted: list[Admission] = []

    def request(process: Process) -> None:
        at_once.wait()
        admitted.append(process.circuits.admit(circuit))
        connections.close_all()

    threads = [threading.Thread(target=request, args=[process]) for process in processes for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(admitted) == 8
    assert [one.trial for one in admitted if one.allowed] == [True]
    assert all(one.seconds > 50 for one in admitted if not one.allowed)


@pytest.mark.every_database
def test_a_lost_trial_is_replaced(circuit: Circuit) -> None:
    dead, alive = Process(), Process()
    dead.opens(circuit)
    OpenCircuit.objects.update(open_until=timezone.now() - timedelta(seconds=1))
    for process in (dead, alive):
        process.look()
    assert dead.circuits.admit(circuit).trial
    assert 50 < alive.circuits.admit(circuit).seconds <= circuits.TRIAL_SECONDS
    OpenCircuit.objects.update(trial_until=timezone.now() - timedelta(seconds=1))
    alive.look()
    assert alive.circuits.admit(circuit).trial
    dead.circuits.released(circuit)
    assert OpenCircuit.objects.get().trial_until, "The one that was lost says nothing about the other."


@pytest.mark.every_database
def test_what_could_not_be_written_counts_here_until_it_is_tried(circuit: Circuit, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Process()
    with monkeypatch.context() as during:
        _cut(during)
        one.opens(circuit)
    one.look()
    assert not one.circuits.admit(circuit).allowed
    assert one.until_admitted(circuit, clock).trial
    one.circuits.failed(circuit, trial=True)
    assert OpenCircuit.objects.get().model == "a-model", "The database is back."


def test_a_closed_circuit_asks_nothing_of_the_database(circuit: Circuit, django_assert_num_queries: Any) -> None:
    one = Process()
    with django_assert_num_queries(0):
        assert one.circuits.admit(circuit) == Admission(True)
        one.circuits.succeeded(circuit)
        one.circuits.failed(circuit)


def test_choosing_a_provider_that_works_asks_nothing_of_the_database(django_assert_num_queries: Any) -> None:
    """What is known of keys, circuits and rejected parameters was read with the catalogue."""
    Provider.objects.create(name="Near", base_url="http://127.0.0.1:1/v1", default_model="a-model")
    catalog.read()
    with django_assert_num_queries(0):
        route = routes.choose("", routes.Tried())
        outcomes.succeeded(route)
        outcomes.released(route)
    assert route.source.name == "Near"


@pytest.mark.every_database
def test_a_circuit_that_was_not_tried_for_a_day_is_closed(circuit: Circuit) -> None:
    one = Process()
    one.opens(circuit)
    OpenCircuit.objects.update(open_until=timezone.now() - open_circuit.FORGOTTEN_AFTER)
    one.look()
    assert one.circuits.admit(circuit) == Admission(True)
    one.opens((circuit[0], "another"))
    assert OpenCircuit.objects.get().model == "another", "Its row goes when another one is written."


@pytest.mark.every_database
def test_a_deleted_provider_takes_its_circuits_along() -> None:
    provider = Provider.objects.create(name="Near", base_url="http://127.0.0.1:1/v1")
    Process().opens((str(provider.pk), "a-model"))
    provider.delete()
    assert not OpenCircuit.objects.exists()


async def test_answers_pass_by_a_provider_that_fails(alice: User, providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    """It isn't even asked; it gets one request when the time has come, and all of them when that went well."""
    monkeypatch.setattr(open_circuit, "FIRST_BREAK_SECONDS", 30.0)
    fails = True
    providers.near.answer_with = guarded(
        *SECRETS[:2], then=lambda request: failure(500, "Ouch") if fails else Answer(steps=(Text("Works again"), Finish()))
    )
    async with Socket(alice) as socket:
        for _ in range(circuits.OPENS_AFTER + 3):
            assert (await socket.answer("Hello"))["status"] == "complete"
        assert len(providers.near.streams) == circuits.OPENS_AFTER
        await until_idle()  # else a title that is still to be requested is what tries it
        fails = False
        await let_time_pass()
        for _ in range(3):
            finished = await socket.answer("Hello")
            assert socket.text(finished["message"]) == "Works again"
    assert circuits.open_circuits() == {}


@pytest.mark.every_database
async def test_only_one_request_tries_it(alice: User, providers: Providers) -> None:
    await opened((str(providers.near_row.pk), "the-model"))
    gate = Gate()
    providers.near.script(Hold(gate), Text("Slowly"), Finish())
    await let_time_pass()
    async with Socket(alice) as trying, Socket(alice) as others:
        await trying.send("Hello")
        await gate.reached()
        for _ in range(3):
            assert (await others.answer("Hello"))["status"] == "complete"
        assert providers.asked == (1, 3)
        gate.open()
        await trying.until("finished", status="complete")
        await others.answer("Hello")
    assert providers.asked[0] >= 2


async def test_everything_down_is_said_at_once_and_when_to_try_again(
    alice: User, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_circuit, "FIRST_BREAK_SECONDS", 100.0)
    for row in (providers.near_row, providers.far_row):
        await opened((str(row.pk), "the-model"))
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
    assert (finished["status"], finished["error"]["kind"]) == ("failed", "down")
    assert finished["error"]["retry_at"]
    assert providers.asked == (0, 0)
    assert await Message.objects.filter(pk=finished["message"], retry_at=None).acount() == 0


async def test_a_stopped_trial_leaves_the_circuit_to_the_next(alice: User, providers: Providers) -> None:
    await Provider.objects.filter(pk=providers.far_row.pk).aupdate(enabled=False)
    await opened((str(providers.near_row.pk), "the-model"))
    gate = Gate()
    providers.near.script(Hold(gate), Finish())
    await let_time_pass()
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello")
        await gate.reached()
        await socket.command("stop", message=accepted["reply"])
        await socket.until("finished", status="stopped")
        gate.open()
        assert (await socket.answer("Hello"))["status"] == "complete"


@pytest.mark.every_database
@pytest.mark.parametrize("trial", [True, False])
async def test_what_is_told_on_an_event_loop_is_written_a_moment_later(circuit: Circuit, trial: bool) -> None:
    await opened(circuit)
    await let_time_pass()
    assert (await sync_to_async(circuits.admit)(circuit)).trial
    if trial:
        circuits.succeeded(circuit, trial=True)
    else:
        circuits.released(circuit)
    async with asyncio.timeout(15):
        while await OpenCircuit.objects.exclude(trial_until=None).aexists():  # noqa: ASYNC110  (a thread writes it)
            await asyncio.sleep(0.01)
    assert await OpenCircuit.objects.aexists() is not trial


@pytest.mark.every_database
def test_closing_closes_what_another_process_opened_a_moment_ago(circuit: Circuit) -> None:
    here, there = Process(), Process()
    there.opens(circuit)
    here.circuits.close(circuit[0])
    assert not OpenCircuit.objects.exists()
    there.look()
    assert there.circuits.admit(circuit) == Admission(True)
    here.opens(circuit)
    there.look()
    there.opens(circuit, retry_after=100)
    here.circuits.close(circuit[0])
    here.look()
    assert here.circuits.admit(circuit) == Admission(True)
