"""What programs ask at the same moment is counted one by one; and what is asked by a client that goes at once leaves nothing behind."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from conversations.api import answer
from conversations.api.answer import Question
from conversations.api.authentication import Caller
from conversations.models import Attempt, Reservation, Spending, User
from conversations.processes import supervisor
from conversations.providers.request import Turn
from conversations.usage.budgets import sweeping
from conversations.usage.exceeded import Exceeded
from conversations.usage.limits import subject_names
from tests.support.api import token_of
from tests.support.limits import limit, price
from tests.support.scripted_openai import ScriptedOpenAI

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]
HELLO = Question("scripted-model", "", [Turn("user", "Hello")], {}, {})


def caller_of(user: User) -> Caller:
    token = token_of(user)[1]
    return Caller(user, token, frozenset(token.scopes), None)


async def test_as_many_are_let_in_as_may_be_written_at_once(alice: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(partial(limit, person=alice, concurrent_replies=2))()
    caller, process = await sync_to_async(caller_of)(alice), supervisor.current()
    asked = await asyncio.gather(*(answer.prepared(caller, HELLO, process) for _ in range(6)), return_exceptions=True)
    let_in = [one for one in asked if isinstance(one, answer.Answer)]
    assert len(let_in) == 2 and sum(isinstance(one, Exceeded) for one in asked) == 4
    for one in let_in:
        _ = [step async for step in one.steps()]
    _ = [step async for step in (await answer.prepared(caller, HELLO, process)).steps()]


async def test_a_client_that_goes_while_it_is_let_in_leaves_nothing_reserved(
    alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sync_to_async(price)()
    await sync_to_async(partial(limit, person=alice, monthly_tokens=100_000, concurrent_replies=1))()
    caller, process = await sync_to_async(caller_of)(alice), supervisor.current()
    asking = asyncio.ensure_future(answer.prepared(caller, HELLO, process))
    loop, prepare = asyncio.get_running_loop(), answer.Answer.prepare

    def prepare_while_the_client_goes(this: Any) -> None:
        prepare(this)
        assert Reservation.objects.exists()
        loop.call_soon_threadsafe(asking.cancel)

    monkeypatch.setattr(answer.Answer, "prepare", prepare_while_the_client_goes)
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not await Reservation.objects.aexists()
    assert not [one async for one in Spending.objects.exclude(reserved_tokens=0)]
    monkeypatch.undo()
    _ = [step async for step in (await answer.prepared(caller, HELLO, process)).steps()]


async def test_what_a_killed_process_had_begun_is_counted(alice: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(price)()
    await sync_to_async(partial(limit, person=alice, monthly_tokens=100_000))()
    caller, process = await sync_to_async(caller_of)(alice), supervisor.current()
    asked = await answer.prepared(caller, HELLO, process)
    held = await Reservation.objects.aget()
    assert await sync_to_async(sweeping.sweep)() == 0, "it may still run"
    await Reservation.objects.aupdate(created=timezone.now() - timedelta(minutes=20))
    assert await sync_to_async(sweeping.sweep)() == 1
    assert not await Reservation.objects.aexists()
    attempt = await Attempt.objects.aget()
    assert (attempt.outcome, attempt.purpose, attempt.token_id, attempt.input_tokens) == ("lost", "api", caller.token.pk, held.input_tokens)
    spent = await Spending.objects.aget(subject=subject_names.of_user(alice.pk))
    assert (spent.spent_tokens, spent.reserved_tokens) == (held.input_tokens, 0)
    asked.stop()
    _ = [step async for step in asked.steps()]
