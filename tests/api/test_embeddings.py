"""Embeddings are passed on to a provider whose model makes them: with its routes, budgets and ledger, and what it takes by its rows."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from conversations.api import answer
from conversations.models import Attempt, Model, Purpose, Reservation, User
from conversations.processes import supervisor
from conversations.routing import catalog
from conversations.usage.limits import in_force
from tests.support import api
from tests.support.api import Headers, error_of
from tests.support.limits import DOLLAR, limit, spending
from tests.support.scripted_openai import Answer, Gate, Hold, failure
from tests.support.two_providers import MODEL, Providers

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = {"model": MODEL, "input": ["A sloop", "A brig"], "user": "another-user", "input_type": "query"}


@pytest.fixture
async def embedding(providers: Providers) -> Providers:
    """Both providers' model makes embeddings, at a dollar for a thousand tokens; the near one calls it otherwise."""
    await Model.objects.all().aupdate(embeds=True, input_price=1000, output_price=0)
    await Model.objects.filter(provider=providers.near_row).aupdate(name_there="text-there")
    catalog.forget()
    return providers


headers_of = sync_to_async(api.headers_of)


async def ask(headers: Headers, body: Any = ASKED) -> Any:
    return await AsyncClient().post("/v1/embeddings", body, "application/json", headers=headers)


async def rows() -> list[Attempt]:
    return [row async for row in Attempt.objects.order_by("id")]


async def test_what_is_asked_is_passed_on_and_counted(alice: User, embedding: Providers) -> None:
    response = await ask(await headers_of(alice))
    told = response.json()
    assert response.status_code == 200 and told["model"] == MODEL
    assert [one["embedding"] for one in told["data"]] == [[7.0, 0.5], [6.0, 0.5]]
    assert embedding.near.requests[-1].path == "/v1/embeddings"
    assert embedding.near.requests[-1].body == {"model": "text-there", "input": ["A sloop", "A brig"], "input_type": "query"}
    [row] = await rows()
    assert (row.purpose, row.owner_id, row.outcome, row.final, row.model) == (Purpose.API, alice.pk, "ok", True, MODEL)
    assert (row.input_tokens, row.output_tokens, row.estimated, row.cost) == (5, None, False, DOLLAR // 200)
    assert row.token_id is not None and row.kind == "embeddings"


async def test_another_provider_is_asked_where_one_fails(alice: User, embedding: Providers) -> None:
    embedding.near.queue(failure(500), Answer(body={"object": "list"}), *[failure(500)] * 20)
    response = await ask(await headers_of(alice))
    assert response.status_code == 200 and embedding.far.requests[-1].body["model"] == MODEL
    outcomes = [row.outcome for row in await rows()]
    assert outcomes[-1] == "ok" and {*outcomes[:-1]} == {"provider"}
    assert [row.cost for row in await rows() if row.cost] == [DOLLAR // 200]


async def test_a_budget_holds_back_and_counts_what_it_took(alice: User, embedding: Providers) -> None:
    await sync_to_async(limit)(person=alice, monthly_cost=Decimal(1))
    headers, gate = await headers_of(alice), Gate()
    for server in (embedding.near, embedding.far):
        server.queue(Answer(body={"data": [{"embedding": [1.0]}], "usage": {"prompt_tokens": 20}}, before_headers=(Hold(gate),)))
    asking = asyncio.create_task(ask(headers))
    await gate.reached()
    held = await Reservation.objects.aget()
    assert held.cost > 0 and held.token is not None
    gate.open()
    assert (await asking).status_code == 200
    assert (await sync_to_async(spending)(f"user:{alice.pk}"))[:2] == (DOLLAR // 50, 0)
    refused = await ask(headers, {**ASKED, "input": "word " * 2000})
    assert refused.status_code == 429 and error_of(refused)["code"] == "insufficient_quota"


async def test_who_may_ask_what(alice: User, embedding: Providers) -> None:
    assert error_of(await ask(await headers_of(alice, "chat")))["code"] == "missing_scope"
    headers = await headers_of(alice)
    assert MODEL in [one["id"] for one in (await AsyncClient().get("/v1/models", headers=headers)).json()["data"]]
    wrong = await ask(headers, {**ASKED, "input": []})
    assert (wrong.status_code, error_of(wrong)["param"]) == (400, "input")
    await Model.objects.all().aupdate(embeds=None)
    catalog.forget()
    missing = await ask(headers)
    assert (missing.status_code, error_of(missing)["code"]) == (404, "model_not_found")
    assert "make embeddings" in error_of(missing)["message"]
    assert embedding.asked == (0, 0) and await rows() == []


async def test_what_a_provider_refuses_is_told(alice: User, embedding: Providers) -> None:
    embedding.near.queue(failure(400, "This model's maximum context length is 8192 tokens.", code="context_length_exceeded"))
    refused = await ask(await headers_of(alice))
    assert (refused.status_code, error_of(refused)["code"]) == (400, "context_length_exceeded")
    assert [(row.outcome, row.input_tokens) for row in await rows()] == [("context", None)]


async def test_a_caller_who_goes_ends_it(alice: User, embedding: Providers) -> None:
    """What it likely took is counted: the provider may charge for it."""
    gate = Gate()
    embedding.near.queue(Answer(body={}, before_headers=(Hold(gate),)))
    await sync_to_async(in_force.forget)()
    asking = asyncio.create_task(ask(await headers_of(alice)))
    await gate.reached()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await embedding.near.requests[-1].client_left()
    gate.open()
    await supervisor.current().unstored.until_done(5)
    [row] = await rows()
    assert (row.outcome, row.estimated, row.input_tokens) == ("stopped", True, 8)


async def test_it_ends_with_its_process(alice: User, embedding: Providers) -> None:
    gate, process = Gate(), supervisor.current()
    embedding.near.queue(Answer(body={}, before_headers=(Hold(gate),)))
    headers = await headers_of(alice)
    asking = asyncio.create_task(ask(headers))
    await gate.reached()
    try:
        await process.drain(0.01)
        ended, refused = await asking, await ask(headers)
    finally:
        process.is_draining = process.peers.presence.is_stopping = False
        gate.open()
    assert (ended.status_code, error_of(ended)["code"], refused.status_code) == (503, "provider_lost", 503)
    [row] = await rows()
    assert (row.outcome, row.estimated, row.final) == ("lost", True, True) and not await Reservation.objects.aexists()


async def test_so_many_requests_of_one_user_run_at_once(alice: User, embedding: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "MAX_RUNNING", 0)
    refused = await ask(await headers_of(alice))
    assert (refused.status_code, error_of(refused)["code"], embedding.near.requests) == (429, "too_many", [])
