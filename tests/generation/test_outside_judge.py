"""A mock of others breaks nearly every second request and judges how it is asked again: people hardly notice, and the ledger is exact."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db.models import Sum
from django.test import Client
from llmock import chaos, simulation, verdict
from llmock.chaos import ChaosSettings, StreamChaos
from llmock.journal import RequestRecord
from llmock.simulation import MockResponseSettings
from llmock.testing import LLMockServer
from llmock.verdict import judge

from conversations.generation import reconnection
from conversations.models import ApiKey, Attempt, Message, Model, OpenCircuit, Provider, User
from conversations.providers import clients, retries
from conversations.routing import catalog
from tests.support.idle import stop_all
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)

REPLIES, AT_ONCE = 80, 16
REFUSED = {429: 0.1, 500: 0.1, 503: 0.1}
BROKEN = (("disconnect", 0.065), ("truncate", 0.065))
MOST_TRIES = 20
"""With our ten attempts, one of eighty answers would fail in every 150th run, and with our two reconnections in every tenth, by chance."""
MODEL = "the-model-that-is-mocked"
WHOLE = f"Mock response from {MODEL}."


@pytest.fixture
def mock(monkeypatch: pytest.MonkeyPatch) -> Iterator[LLMockServer]:
    monkeypatch.setattr(chaos, "random", random.Random(11))
    monkeypatch.setattr(simulation, "DEFAULT_RETRY_AFTER_SECONDS", 0.3)
    server = LLMockServer(chaos=ChaosSettings(error_rates=REFUSED), responses=MockResponseSettings(response_style="static"))
    server.state.stream_chaos = StreamChaos(fault_rates=BROKEN, max_after_chunks=4)
    with server:
        yield server


@pytest.fixture
async def provider(mock: LLMockServer) -> Any:
    """The mock as an administrator would add it: one provider with one key, whose model has a price."""
    yield await sync_to_async(_stored)(mock.base_url())
    await stop_all()
    await clients.close_all()


def as_received(record: RequestRecord) -> RequestRecord:
    """A refusal ends for the mock when its thread has noted it, which on a busy machine is long after its client has read it."""
    return replace(record, ended_at=record.started_at) if record.status >= 400 else record


def _stored(base_url: str) -> Provider:
    row = Provider.objects.create(name="Mock", base_url=base_url, default_model=MODEL)
    Model.objects.create(provider=row, name=MODEL, input_price=1, output_price=2)
    key = ApiKey(provider=row, label="only")
    key.take("sk-mock-0123456789")
    key.save()
    catalog.forget()
    return row


async def test_what_breaks_is_asked_again_as_it_should(
    alice: User, mock: LLMockServer, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "FIRST_PAUSE_SECONDS", 0.1)
    monkeypatch.setattr(retries, "LONGEST_PAUSE_SECONDS", 0.5)
    for owner, name in ((retries, "MOST_TRIES"), (verdict, "MAX_ATTEMPTS"), (reconnection, "MAX_RECONNECTIONS")):
        monkeypatch.setattr(owner, name, MOST_TRIES)
    client = Client()
    await sync_to_async(client.force_login)(alice)

    async def person(name: int) -> list[tuple[dict[str, Any], str]]:
        async with Socket(alice, client=client) as socket:
            ended = [await socket.answer(f"Question {number} of person {name}") for number in range(REPLIES // AT_ONCE)]
            return [(frame, socket.text(frame["message"])) for frame in ended]

    ended = [one for those in await asyncio.gather(*map(person, range(AT_ONCE))) for one in those]
    assert len(ended) == REPLIES
    assert Counter(frame["status"] for frame, _ in ended) == {"complete": REPLIES}
    assert {text for _, text in ended} == {WHOLE}, "Each is one answer without a seam."
    saved = [message async for message in Message.objects.filter(role="assistant")]
    assert {message.text for message in saved} == {WHOLE}

    await stop_all()  # titles, too
    requests = [record for record in await asyncio.to_thread(mock.state.journal.records, wait=2.0) if record.method == "POST"]
    assert sum(record.fault is not None for record in requests) > REPLIES / 2, "There was something to put right."
    assert {finding.code for finding in judge([as_received(record) for record in requests]).errors} <= {
        "truncated_stream_accepted"
    }  # what goes on is another request for it
    assert not await OpenCircuit.objects.aexists()
    await _agrees(requests, saved)


async def _agrees(requests: list[RequestRecord], saved: list[Message]) -> None:
    """The ledger with what the mock saw, and what each reply says it took with its attempts."""
    rows = [row async for row in Attempt.objects.all()]
    assert len(rows) == len(requests)
    assert Counter(_outcome(record) for record in requests) == Counter(row.outcome for row in rows)
    assert Counter(row.number for row in rows if row.final and row.purpose == "answer").total() == len(saved)
    for message in saved:
        tried = [row for row in rows if row.reply_id == message.pk]
        assert sorted(row.number for row in tried) == [*range(1, len(tried) + 1)]
        assert len(tried) <= retries.MOST_TRIES
        assert sum(row.characters for row in tried) == message.length
        assert float(message.cost or 0) == pytest.approx(sum(row.cost or 0 for row in tried) / 1e9, abs=1e-6)
    totals = await Attempt.objects.aaggregate(cost=Sum("cost"), input=Sum("input_tokens"), output=Sum("output_tokens"))
    assert totals["cost"] == totals["input"] * 1000 + totals["output"] * 2000, "Nanodollars."


def _outcome(record: RequestRecord) -> str:
    if record.status >= 400:
        return "rate_limit" if record.status == 429 else "provider"
    return "ok" if record.completed else "interrupted"
