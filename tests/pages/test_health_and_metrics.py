"""/healthz, /readyz and /metrics: for supervisors, load balancers and Prometheus."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client
from django.utils import timezone

from conversations.models import ApiKey, Job, Model, Provider, User
from conversations.processes import supervisor
from conversations.routing import catalog
from tests.support.circuits import opened
from tests.support.idle import until_idle
from tests.support.scripted_openai import failure
from tests.support.socket_client import Socket
from tests.support.two_providers import Providers

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "a-token-for-tests"


async def _get(path: str, **headers: str) -> Any:
    return await sync_to_async(Client().get)(path, headers=headers)


@pytest.mark.every_database
async def test_ready_while_somebody_can_answer(providers: Providers) -> None:
    assert (await _get("/readyz")).content == b"ok\n"
    await _open(providers.near_row)
    assert (await _get("/readyz")).status_code == 200, "The other one answers."
    await _open(providers.far_row)
    answer = await _get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"every provider has trouble\n")
    assert (await _get("/healthz")).status_code == 200, "Starting it again would not help."


async def test_a_site_is_ready_although_one_of_several_models_has_trouble(providers: Providers) -> None:
    """Else a load balancer takes every process out of service, for a model that perhaps no user wants."""
    providers.far_row.enabled = False
    await providers.far_row.asave()
    await Model.objects.acreate(provider=providers.near_row, name="seldom")
    catalog.forget()
    await opened((str(providers.near_row.pk), "seldom"))
    response = await sync_to_async(Client().get)("/readyz")
    assert (response.status_code, response.content) == (200, b"ok\n")


async def test_not_ready_without_a_provider(providers: Providers, settings: Any) -> None:
    await Provider.objects.all().aupdate(enabled=False)
    catalog.forget()
    assert (await _get("/readyz")).status_code == 200, "The built-in model answers."


async def test_not_ready_on_a_full_disk(providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's disk is elsewhere.")
    monkeypatch.setattr("conversations.pages.probes.shutil.disk_usage", lambda path: SimpleNamespace(free=10**6))
    answer = await _get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"the database's disk is full\n")
    monkeypatch.setattr("conversations.pages.probes.shutil.disk_usage", lambda path: SimpleNamespace(free=10**9))
    assert (await _get("/readyz")).status_code == 200


@pytest.mark.every_database
async def test_not_ready_without_redis(settings: Any, db: None) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    answer = await _get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"Redis can't be reached\n")


async def test_not_ready_while_it_drains(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor.current(), "is_draining", True)
    assert b"about to stop" in (await _get("/readyz")).content


async def test_numbers_are_for_those_who_know_the_token(settings: Any, db: None) -> None:
    assert (await _get("/metrics", authorization=f"Bearer {TOKEN}")).status_code == 404, "Closed until a token is set."
    settings.METRICS_TOKEN = TOKEN
    assert (await _get("/metrics")).status_code == 401
    assert (await _get("/metrics", authorization="Bearer wrong")).status_code == 401
    assert (await _get("/metrics", authorization=f"Bearer {TOKEN}")).status_code == 200


@pytest.mark.every_database
async def test_numbers_follow_the_ledger(alice: User, providers: Providers, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    before = await _numbers()
    providers.near.queue(failure(500, "Ouch"))
    async with Socket(alice) as socket:
        await socket.answer("Hello")
        during = await _numbers()
        assert during["chatbot_sockets"] == before["chatbot_sockets"] + 1
    await until_idle()  # a title that is well received would close the circuit
    await _open(providers.near_row)
    await ApiKey.objects.filter(label="two").aupdate(refused="2026-01-01T00:00:00Z")
    catalog.forget()
    await sync_to_async(catalog.read)()
    after = await _numbers()

    def grown(name: str) -> float:
        return after.get(name, 0.0) - before.get(name, 0.0)

    where = 'model="the-model",outcome="{}",provider="{}",purpose="answer"'
    assert grown(f"chatbot_attempts_total{{{where.format('provider', 'Near')}}}") == 1
    assert grown(f"chatbot_attempts_total{{{where.format('ok', 'Far')}}}") == 1
    assert grown('chatbot_replies_total{outcome="ok",tries="several"}') == 1
    assert grown('chatbot_tokens_total{kind="output",model="the-model",provider="Far"}') > 0
    assert grown('chatbot_cost_dollars_total{model="the-model",provider="Far"}') > 0
    assert grown('chatbot_first_token_seconds_count{model="the-model",provider="Far"}') >= 1
    assert after['chatbot_open_circuit_seconds{model="the-model",provider="Near"}'] > 0
    assert (after['chatbot_keys{accepted="true",provider="Near"}'], after['chatbot_keys{accepted="false",provider="Near"}']) == (1, 1)
    assert after["chatbot_running_replies"] == 0


@pytest.mark.every_database
async def test_jobs_are_counted_by_what_is_to_be_known_of_them(settings: Any, db: None) -> None:
    settings.METRICS_TOKEN = TOKEN
    now = timezone.now()
    rows = [
        ("waiting", now),
        ("waiting", now + timedelta(hours=1)),
        ("running", now + timedelta(seconds=9)),
        ("failed", None),
        ("done", None),
    ]
    for state, due in rows:
        await Job.objects.acreate(kind="x", max_attempts=1, state=state, due=due)
    found = await _numbers()
    assert {state: found[f'chatbot_jobs{{state="{state}"}}'] for state in ("due", "running", "failed")} == {
        "due": 1,
        "running": 1,
        "failed": 1,
    }


async def _numbers() -> dict[str, float]:
    answer = await _get("/metrics", authorization=f"Bearer {TOKEN}")
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


async def _open(row: Provider) -> None:
    await opened((str(row.pk), "the-model"))
