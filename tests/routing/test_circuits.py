"""A provider that fails again and again is left alone for a while; then one request finds out whether it is well again."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from django.conf import settings as django_settings

from conversations import redis_scripts
from conversations.models import Message, Provider, User
from conversations.routing import circuits
from tests.support.scripted_openai import Answer, Finish, Gate, Hold, Text, failure
from tests.support.socket_client import Socket
from tests.support.two_providers import SECRETS, Providers, guarded

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]
WITH_REDIS = pytest.mark.skipif("not __import__('os').environ['REDIS_URL']", reason="Redis is tested where `make test` starts it.")


@pytest.fixture
def circuit() -> circuits.Circuit:
    return str(uuid.uuid4()), "a-model"


@pytest.fixture(autouse=True)
def _short_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circuits, "FIRST_BREAK", 0.2)
    monkeypatch.setattr(circuits, "KNOWN_FOR", 0.0)


@pytest.fixture(params=["alone", pytest.param("redis", marks=WITH_REDIS)])
def place(request: pytest.FixtureRequest, settings: Any) -> str:
    settings.REDIS_URL = django_settings.REDIS_URL if request.param == "redis" else ""
    return request.param


def open_it(circuit: circuits.Circuit) -> None:
    for _ in range(circuits.OPENS_AFTER):
        circuits.failed(circuit)


async def until_admitted(circuit: circuits.Circuit) -> circuits.Admission:
    for _ in range(100):
        if (admission := circuits.admit(circuit)).allowed:
            return admission
        await asyncio.sleep(min(0.05, admission.seconds))
    pytest.fail("Nobody was admitted.")


async def test_the_whole_cycle(circuit: circuits.Circuit, place: str) -> None:
    for _ in range(circuits.OPENS_AFTER - 1):
        assert circuits.failed(circuit) == 0
        assert circuits.admit(circuit) == circuits.Admission(True)
    assert 0.1 < circuits.failed(circuit) <= 0.2
    refused = circuits.admit(circuit)
    assert (refused.allowed, 0 < refused.seconds <= 0.2) == (False, True)
    assert circuits.open_circuits()[circuit] > 0

    trial = await until_admitted(circuit)
    assert trial.trial
    assert not circuits.admit(circuit).allowed, "One request tries it, and no other meanwhile."
    assert 0.3 < circuits.failed(circuit, trial=True) <= 0.4, "It failed: twice as long."
    assert not circuits.admit(circuit).allowed

    assert (await until_admitted(circuit)).trial
    await asyncio.to_thread(circuits.undecided, circuit)  # on an event loop Redis is told a moment later
    assert circuits.admit(circuit).trial, "Nothing was learned, so the next one tries."
    await asyncio.to_thread(circuits.succeeded, circuit, trial=True)
    assert circuits.admit(circuit) == circuits.Admission(True)
    assert circuit not in circuits.open_circuits()


async def test_a_success_in_between_starts_the_count_anew(circuit: circuits.Circuit, place: str) -> None:
    for _ in range(3):
        for _ in range(circuits.OPENS_AFTER - 1):
            circuits.failed(circuit)
        circuits.succeeded(circuit)
    assert circuits.admit(circuit).allowed


async def test_it_stays_open_as_long_as_the_provider_wished(circuit: circuits.Circuit, place: str) -> None:
    for _ in range(circuits.OPENS_AFTER):
        circuits.failed(circuit, retry_after=100.0)
    assert 90 < circuits.admit(circuit).seconds <= 100


@WITH_REDIS
def test_processes_share_it(circuit: circuits.Circuit) -> None:
    open_it(circuit)
    for known in (circuits._failures, circuits._closed, circuits._open):  # another process knows nothing of it
        known.clear()
    assert not circuits.admit(circuit).allowed
    circuits.succeeded(circuit, trial=True)
    assert circuits.admit(circuit) == circuits.Admission(True)


@WITH_REDIS
def test_without_redis_each_process_decides_for_itself(circuit: circuits.Circuit, settings: Any) -> None:
    open_it(circuit)
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert not circuits.admit(circuit).allowed
    assert circuit in circuits.open_circuits()


async def test_answers_pass_by_a_sick_provider(alice: User, providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    """It isn't even asked; it gets one request when the time has come, and all of them when that went well."""
    monkeypatch.setattr(circuits, "FIRST_BREAK", 30.0)
    sick = True
    providers.near.answer_with = guarded(
        *SECRETS[:2], then=lambda request: failure(500, "Ouch") if sick else Answer(steps=(Text("Well again"), Finish()))
    )
    async with Socket(alice) as socket:
        for _ in range(circuits.OPENS_AFTER + 3):
            assert (await socket.answer("Hello"))["status"] == "complete"
        assert len(providers.near.streams) == circuits.OPENS_AFTER
        sick = False
        _let_time_pass(monkeypatch)
        for _ in range(3):
            finished = await socket.answer("Hello")
            assert socket.text(finished["message"]) == "Well again"
    assert circuits.open_circuits() == {}


async def test_only_one_request_tries_it(alice: User, providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    circuit = (str(providers.near_row.pk), "the-model")
    open_it(circuit)
    gate = Gate()
    providers.near.script(Hold(gate), Text("Slowly well"), Finish())
    _let_time_pass(monkeypatch)
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
    monkeypatch.setattr(circuits, "FIRST_BREAK", 100.0)
    for row in (providers.near_row, providers.far_row):
        open_it((str(row.pk), "the-model"))
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
    assert (finished["status"], finished["error"]["kind"]) == ("failed", "down")
    assert finished["error"]["retry_at"]
    assert providers.asked == (0, 0)
    assert await Message.objects.filter(pk=finished["message"], retry_at=None).acount() == 0


async def test_a_stopped_trial_leaves_the_circuit_to_the_next(alice: User, providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    await Provider.objects.filter(pk=providers.far_row.pk).aupdate(enabled=False)
    open_it((str(providers.near_row.pk), "the-model"))
    gate = Gate()
    providers.near.script(Hold(gate), Finish())
    _let_time_pass(monkeypatch)
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello")
        await gate.reached()
        await socket.command("stop", message=accepted["reply"])
        await socket.until("finished", status="stopped")
        gate.open()
        assert (await socket.answer("Hello"))["status"] == "complete"


def _let_time_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every break is over: without Redis by our own clock, with it by waking what is stored."""
    for state in circuits._open.values():
        state.until = 0.0
    if django_settings.REDIS_URL:
        redis_scripts.Script(
            "local all = redis.call('HGETALL', KEYS[1]); for i = 1, #all, 2 do local s = cjson.decode(all[i + 1]); s.until_ = 0; "
            "redis.call('HSET', KEYS[1], all[i], cjson.encode(s)) end"
        ).run(["circuits"])
