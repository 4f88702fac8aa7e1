"""A request that is admitted to a trial reports what became of it, whatever comes in between: else no other may try for a minute."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from conversations.database_jobs import DatabaseJobs
from conversations.generation import auxiliary_request, request_builder
from conversations.models import Limit, OpenCircuit, Purpose, User
from conversations.processes import supervisor
from conversations.providers.errors import ProviderError
from conversations.providers.request import Request, Turn
from conversations.routing import catalog, circuits, open_circuit, routes
from conversations.routing.catalog import Circuit
from conversations.usage.exceeded import Exceeded
from conversations.usage.limits import in_force
from tests.support.circuits import opened
from tests.support.scripted_openai import Answer, Finish, Gate, Hold, ScriptedOpenAI, Text, failure
from tests.support.socket_client import Socket
from tests.support.two_providers import MODEL, Providers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]


@pytest.fixture(autouse=True)
def _short_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_circuit, "FIRST_BREAK_SECONDS", 0.05)


@pytest.fixture
async def half_open(providers: Providers) -> Circuit:
    """The near provider failed; its break is over, and the next request is its trial. The far one is switched off."""
    circuit = (str(providers.near_row.pk), MODEL)
    providers.far_row.enabled = False
    await providers.far_row.asave()
    await opened(circuit)
    await asyncio.sleep(0.1)
    return circuit


async def is_free(circuit: Circuit) -> bool:
    """Whether the next request may try it, or it is closed."""
    return (await sync_to_async(circuits.admit)(circuit)).allowed


async def test_a_title_for_which_no_budget_has_room(alice: User, half_open: Circuit) -> None:
    await Limit.objects.acreate(person=alice, monthly_tokens=1)
    in_force.forget()
    request = Request(MODEL, "Name it", [Turn("user", "Hello")])
    with pytest.raises(Exceeded):
        await auxiliary_request.ask(DatabaseJobs(), lambda: request, 400, Purpose.TITLE, alice.pk, str)
    assert await is_free(half_open)


async def test_a_title_whose_server_lists_no_model(alice: User, half_open: Circuit, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(route: routes.Route) -> routes.Route:
        raise ProviderError("network", "The list of models did not come.")

    monkeypatch.setattr(routes, "ready", fails)
    with pytest.raises(ProviderError):
        await auxiliary_request.ask(
            DatabaseJobs(), lambda: Request(MODEL, "Name it", [Turn("user", "Hello")]), 400, Purpose.TITLE, alice.pk, str
        )
    admission = await sync_to_async(circuits.admit)(half_open)
    assert admission.allowed or admission.seconds < 1, "No reply waits for a trial that is lost."


async def test_a_request_that_cannot_be_made(alice: User, half_open: Circuit, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise ValueError("A mistake of ours.")

    monkeypatch.setattr(request_builder, "request_for", broken)
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
    assert finished["error"]["kind"] == "internal"
    assert await is_free(half_open)


async def test_a_person_who_stops_while_the_request_is_made(alice: User, half_open: Circuit, monkeypatch: pytest.MonkeyPatch) -> None:
    made, go_on = threading.Event(), threading.Event()
    real = request_builder.request_for

    def slow(*args: Any) -> Any:
        made.set()
        go_on.wait(5)
        return real(*args)

    monkeypatch.setattr(request_builder, "request_for", slow)
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello")
        await asyncio.to_thread(made.wait, 5)
        for reply in supervisor.current().registry:
            reply.stop()
        go_on.set()
        finished = await socket.until("finished", message=accepted["reply"])
    assert finished["status"] == "stopped"
    assert await is_free(half_open)


async def test_a_wait_before_the_trial_that_would_be_too_long(alice: User, providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider asks for a pause of 25 s. The reply that was admitted to its trial must not keep the place while it gives up."""
    providers.far_row.enabled = False
    await providers.far_row.asave()
    circuit = (str(providers.near_row.pk), MODEL)
    for _ in range(circuits.OPENS_AFTER - 1):
        await sync_to_async(circuits.failed)(circuit)
    real = routes.choose

    def later(model: str, tried: routes.Tried) -> routes.Route:
        if tried.last is not None:
            OpenCircuit.objects.update(open_until=timezone.now() - timedelta(seconds=1))  # the break is over
            catalog.forget()
            catalog.read()
        return real(model, tried)

    monkeypatch.setattr(routes, "choose", later)
    providers.near.queue(failure(503, "Later", headers={"retry-after": "25"}))
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
    assert finished["status"] == "failed"
    assert await is_free(circuit)


async def test_an_old_answer_does_not_close_a_circuit_that_opened_since(
    alice: User, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It began before the provider fell ill, and its person stops it: that says nothing about the provider now."""
    monkeypatch.setattr(open_circuit, "FIRST_BREAK_SECONDS", 30.0)
    circuit = (str(providers.near_row.pk), MODEL)
    gate = Gate()
    providers.near.queue(Answer(steps=(Text("Long "), Hold(gate), Text("ago"), Finish())))
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello")
        await socket.until("delta", message=accepted["reply"])
        await opened(circuit)
        await socket.command("stop", message=accepted["reply"])
        await socket.until("finished", message=accepted["reply"])
        gate.open()
    assert not (await sync_to_async(circuits.admit)(circuit)).allowed


@pytest.mark.parametrize("named", [True, False], ids=["its model is named", "its model is the first that it lists"])
async def test_a_server_whose_model_nobody_named_is_left_alone_too(
    alice: User, openai: ScriptedOpenAI, settings: Any, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    """What is asked before a request and what is told after it must be of the same circuit."""
    monkeypatch.setattr(open_circuit, "FIRST_BREAK_SECONDS", 30.0)
    settings.OPENAI_MODEL = "scripted-model" if named else ""
    openai.answer_with = lambda request: failure(500, "Ouch")
    async with Socket(alice) as socket:
        for _ in range(2):
            assert (await socket.answer("Hello"))["status"] == "failed"
        before = len(openai.streams)
        finished = await socket.answer("Hello")
    assert finished["error"]["kind"] == "down"
    assert len(openai.streams) == before
