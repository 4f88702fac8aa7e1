"""An answer whose process died is counted once, from what it has got: in the ledger, in budgets and at the message."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from conversations.models import Attempt, Message, User
from conversations.processes import handover, recovery
from conversations.processes.registry import Registry
from tests.support.limits import limit, price, spending
from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Text
from tests.support.socket_client import Socket

pytestmark = [pytest.mark.django_db(transaction=True)]

FIRST, SECOND = 400, 200
"""Characters."""


async def lose(reply: str, monkeypatch: pytest.MonkeyPatch, **state: object) -> Message:
    """The process of this reply died, and no process can take it up; another one finds it."""
    await Message.objects.filter(pk=reply).aupdate(lease_until=timezone.now() - timedelta(seconds=5), lease_holder=uuid.uuid4(), **state)
    with monkeypatch.context() as patch:
        patch.setattr(handover, "is_possible", lambda *_: False)
        await sync_to_async(recovery.claim)(Registry(), [uuid.UUID(reply)])
    return await Message.objects.aget(pk=reply)


async def priced(user: User, has_budget: bool) -> None:
    await sync_to_async(price)()
    if has_budget:
        await sync_to_async(limit)(person=user, monthly_tokens=1_000_000)


@pytest.mark.parametrize("has_budget", [False, True])
async def test_a_continuation_that_is_lost_counts_only_what_it_added(
    alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch, has_budget: bool
) -> None:
    await priced(alice, has_budget)
    gate = Gate()
    first = {"input_tokens": 100, "cached_tokens": 0, "output_tokens": 100, "reasoning_tokens": 0}
    openai.script(Text("x" * FIRST), Finish("length", first))
    openai.script(Text("y" * SECOND), Hold(gate), Finish())
    async with Socket(alice) as socket:
        reply = (await socket.send("Hello"))["reply"]
        await socket.until("finished", message=reply)
        await socket.command("continue", message=reply)
        await socket.until("delta", message=reply)
        saved = await lose(reply, monkeypatch, parts=[{"type": "text", "text": "x" * FIRST + "y" * SECOND}])
        lost = await Attempt.objects.aget(reply=reply, outcome="lost")
        gate.open()  # only now: the process, which is alive here, counts what it has got itself
    assert (lost.characters, lost.output_tokens, lost.estimated) == (SECOND, SECOND // 4, True)
    assert lost.cost == ((lost.input_tokens or 0) + SECOND // 4) * 1_000_000
    assert saved.usage is not None
    assert (saved.usage["output_tokens"], saved.usage["estimated"]) == (100 + SECOND // 4, True)


@pytest.mark.parametrize("has_budget", [False, True])
async def test_a_stop_that_its_process_did_not_live_to_see_is_counted(
    alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch, has_budget: bool
) -> None:
    await priced(alice, has_budget)
    gate = Gate()
    openai.script(Text("x" * FIRST), Hold(gate), Finish())
    async with Socket(alice) as socket:
        reply = (await socket.send("Hello"))["reply"]
        await socket.until("delta", message=reply)
        saved = await lose(reply, monkeypatch, parts=[{"type": "text", "text": "x" * FIRST}], stop_asked=True)
        lost = await Attempt.objects.aget(reply=reply)
        gate.open()
    assert saved.status == "stopped"
    assert (lost.outcome, lost.characters, lost.output_tokens) == ("lost", FIRST, FIRST // 4)
    assert lost.cost


async def test_what_was_counted_when_it_was_handed_over_is_not_counted_again(
    alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    await priced(alice, True)
    gate = Gate()
    openai.script(Text("x" * FIRST), Hold(gate), Finish())
    async with Socket(alice) as socket:
        reply = (await socket.send("Hello"))["reply"]
        await socket.until("delta", message=reply)
        now = timezone.now()
        figures = {"characters": FIRST, "input_tokens": 10, "output_tokens": FIRST // 4, "estimated": True, "cost": 1}
        await Attempt.objects.acreate(
            recorded=now, reply_id=reply, owner=alice, number=1, outcome="handed_over", started=now, duration_ms=1, **figures
        )
        await lose(reply, monkeypatch, parts=[{"type": "text", "text": "x" * (FIRST + SECOND)}])
        lost = await Attempt.objects.aget(reply=reply, outcome="lost")
        spent_tokens = (await sync_to_async(spending)(f"user:{alice.pk}"))[2]
        gate.open()
    assert (lost.characters, lost.output_tokens) == (SECOND, SECOND // 4)
    assert spent_tokens == 10 + FIRST // 4 + (lost.input_tokens or 0) + SECOND // 4
