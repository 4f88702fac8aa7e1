"""A fault in one place does not spread to others."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.models import Message, Model, Spending, User
from conversations.processes import checkpoints, handover, recovery, supervisor
from conversations.routing import catalog, circuits
from conversations.usage.budgets import months, reservations
from conversations.usage.reports.personal import PersonalUse
from tests.support.scripted_openai import Answer, Finish, ScriptedOpenAI, Text
from tests.support.socket_client import Socket
from tests.support.two_providers import Providers

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_site_is_ready_although_one_of_several_models_has_trouble(providers: Providers) -> None:
    """Else a load balancer takes every process out of service, for a model that perhaps no prompt uses."""
    providers.far_row.enabled = False
    await providers.far_row.asave()
    await Model.objects.acreate(provider=providers.near_row, name="seldom")
    catalog.forget()
    for _ in range(circuits.OPENS_AFTER):
        circuits.failed((str(providers.near_row.pk), "seldom"))
    response = await sync_to_async(Client().get)("/readyz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_an_answer_that_an_earlier_release_began_in_the_background_goes_on(settings: Any) -> None:
    """In a rolling restart: what the old processes stored doesn't say which provider it was. There was only one."""
    settings.OPENAI_API_KEY, settings.OPENAI_API, settings.OPENAI_RESUME = "sk-test-0123456789", "responses", "background"
    settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = "http://127.0.0.1:1/v1", "scripted-model"
    catalog.forget()
    stored = {"response": "resp_1", "after": 3, "place": None, "halves": {}}
    assert handover.is_possible([{"type": "text", "text": "One"}], stored, "", catalog.read())


def test_ones_own_use_takes_few_queries_on_a_new_site(alice: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert PersonalUse(alice, timezone.now()).shown.replies == 0
    assert len(queries) < 10


async def test_an_answer_whose_end_cannot_be_written_is_not_asked_for_again(alice: User, openai: ScriptedOpenAI) -> None:
    """The provider counts nonsense. Each time that its end is not saved, the answer is taken for lost, and paid for once more."""
    process = supervisor.current()
    nonsense = {"input_tokens": -5, "cached_tokens": 0, "output_tokens": 7, "reasoning_tokens": 0}
    openai.answer_with = lambda request: Answer(steps=(Text("Here"), Finish("stop", nonsense)))
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello")
        for _ in range(3):
            await process._until_done(5)
            await Message.objects.filter(pk=accepted["reply"], status__in=("pending", "streaming")).aupdate(
                lease_until=timezone.now() - timedelta(seconds=1)
            )
            rows = await sync_to_async(recovery._running_in_others)(process.registry)
            await recovery.recover(process, rows)
    asked = [request for request in openai.streams if "You name conversations" not in (request.system or "")]
    assert len(asked) == 1


def test_changing_a_limit_does_not_count_everybody_one_by_one(alice: User) -> None:
    """Answers that end meanwhile wait for it: counting a large site must take few queries, whichever limit was changed."""
    month = months.current()
    Spending.objects.bulk_create(Spending(subject=f"user:{uuid.uuid4()}", month=month, counted=timezone.now()) for _ in range(50))
    with CaptureQueriesContext(connection) as queries:
        reservations.changed()
    assert len(queries) < 30


async def test_a_beat_goes_on_whatever_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[int] = []
    enough = asyncio.Event()

    async def save(replies: object) -> None:
        went.append(1)
        if len(went) > 1:
            enough.set()
        raise TypeError("A mistake of ours.")

    monkeypatch.setattr(checkpoints, "save", save)
    monkeypatch.setattr(checkpoints, "INTERVAL_SECONDS", 0.01)
    saving = asyncio.create_task(checkpoints.save_periodically([]))
    async with asyncio.timeout(5):
        await enough.wait()
    saving.cancel()
    await asyncio.gather(saving, return_exceptions=True)
