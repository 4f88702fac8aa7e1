"""One answer, one final row; nothing is counted twice, and no provider makes a user overspend a budget."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.utils import timezone

from conversations.models import Attempt, Message, Spending, User
from conversations.processes import handover, recovery
from conversations.processes.registry import Registry
from conversations.routing import keys
from conversations.usage.reports import from_ledger
from tests.support.idle import until_idle
from tests.support.ledger import attempt
from tests.support.limits import limit, price
from tests.support.scripted_openai import Answer, Finish, Gate, Hangup, Hold, Request, ScriptedOpenAI, Text, Wait, failure
from tests.support.socket_client import Socket
from tests.support.two_providers import SECRETS, Providers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]


def used(read: int, wrote: int) -> dict[str, int]:
    return {"input_tokens": read, "cached_tokens": 0, "output_tokens": wrote, "reasoning_tokens": 0}


async def claim_as_another_process(reply: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lease ran out while its process was cut off; another one says that it was interrupted."""
    await Message.objects.filter(pk=reply).aupdate(lease_until=timezone.now() - timedelta(seconds=5))
    with monkeypatch.context() as patch:
        patch.setattr(handover, "is_possible", lambda *args: False)
        claimed = await sync_to_async(recovery.claim)(Registry(), [uuid.UUID(reply)])
    assert [message.status for message in claimed] == ["interrupted"]


@pytest.mark.parametrize("budget", [False, True], ids=["without a budget", "with a budget"])
async def test_an_answer_that_was_taken_for_dead_and_lives_is_counted_once(
    alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch, budget: bool
) -> None:
    await sync_to_async(price)()
    if budget:
        await sync_to_async(limit)(person=alice, monthly_tokens=1_000_000)
    gate = Gate()
    openai.queue(Answer(steps=(Text("One "), Hold(gate), Text("two"), Finish("stop", used(100, 50)))))
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello")
        reply = accepted["reply"]
        await socket.until("delta", message=reply)
        await claim_as_another_process(reply, monkeypatch)
        gate.open()
        finished = await socket.until("finished", message=reply)
        assert finished["status"] == "complete"
    await until_idle()  # its title is counted, too
    rows = Attempt.objects.filter(reply=reply)
    assert await rows.filter(final=True).acount() == 1
    spent = [row async for row in Spending.objects.filter(subject=f"user:{alice.pk}")]
    assert [row.spent_tokens for row in spent] in ([], [150 + await titles_took()])


async def titles_took() -> int:
    return sum([(row.input_tokens or 0) + (row.output_tokens or 0) async for row in Attempt.objects.filter(purpose="title")])


async def test_a_model_that_refuses_every_bound_does_not_overspend(alice: User, openai: ScriptedOpenAI) -> None:
    """It doesn't accept a length for its answer, so nothing holds it back but us."""
    await sync_to_async(price)()
    await sync_to_async(limit)(person=alice, monthly_tokens=2_000)

    def answer(request: Request) -> Answer:
        for name in ("max_tokens", "max_completion_tokens"):
            if name in request.body:
                return failure(400, f"Unsupported parameter: '{name}'.", param=name, code="unsupported_parameter")
        spoken = [step for _ in range(400) for step in (Text("word " * 100), Wait(0.01))]
        return Answer(steps=(*spoken, Finish("stop", used(20, 40_000))))

    openai.answer_with = answer
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
    assert (finished["status"], finished["finish_reason"]) == ("complete", "length")
    row = await Spending.objects.aget(subject=f"user:{alice.pk}")
    assert row.spent_tokens <= 2_000


async def test_tries_that_were_paid_for_in_vain_do_not_overspend(alice: User, providers: Providers) -> None:
    """Each attempt sends the whole conversation, for which every provider charges that began to answer."""
    await sync_to_async(limit)(person=alice, monthly_tokens=4_000)
    for server in (providers.near, providers.far):
        server.answer_with = lambda request: Answer(steps=(Hangup(),))
    async with Socket(alice) as socket:
        await socket.answer("word " * 1_000)
    row = await Spending.objects.aget(subject=f"user:{alice.pk}")
    assert row.spent_tokens <= 4_000


@pytest.mark.parametrize("kind", ["rate_limit", "key"])
async def test_a_database_that_is_away_for_a_moment_does_not_keep_the_next_key_from_being_asked(
    alice: User, providers: Providers, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """That a key cools down, or was refused, can't be written down. The answer can come all the same."""

    def away(*args: Any, **named: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(keys, "cool", away)
    monkeypatch.setattr(keys, "refuse", away)
    providers.near.queue(failure(429, "Slow down") if kind == "rate_limit" else failure(401, "No", code="invalid_api_key"))
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
    assert finished["status"] == "complete"


async def test_what_is_handed_over_is_nobodys_failure() -> None:
    """After a restart other processes continue an answer; that is not the provider's failure."""
    now = timezone.now()
    await sync_to_async(attempt)(now, "handed_over", final=False)
    await sync_to_async(attempt)(now, "ok", number=2)
    figures = await sync_to_async(from_ledger.total)(now - timedelta(hours=1), now + timedelta(hours=1))
    assert figures.tries_success == 1.0


async def test_what_a_gateway_was_told_in_secret_is_in_no_error(alice: User, providers: Providers) -> None:
    """Headers may hold a gateway's secret. A server that repeats it must not bring it into the ledger or onto a page."""
    providers.near_row.headers = {"X-Gateway-Token": "gw-hidden-0123456789"}
    await providers.near_row.asave()
    for _ in SECRETS:
        providers.near.queue(failure(429, "The token gw-hidden-0123456789 is used too much."))
    async with Socket(alice) as socket:
        await socket.answer("Hello")
    said = [row.cause async for row in Attempt.objects.all()]
    assert any("is used too much" in words for words in said)
    assert not any("gw-hidden" in words for words in said)
