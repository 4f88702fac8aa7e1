"""A trial goes through all that an answer goes through, is counted for no user, and is kept nowhere but in the ledger."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from conversations.generation.throttle import Throttle
from conversations.generation.unstored_answer import Candidate, Ended
from conversations.generation.waiting import Retrying
from conversations.models import Attempt, Conversation, Counting, Message, Purpose, Reservation, Spending, Status, User
from conversations.processes.supervisor import Supervisor
from conversations.providers.parts import Delta
from conversations.providers.request import Turn
from conversations.trials.trial import Trial
from conversations.usage.budgets import recounting, reservations, standing, sweeping
from conversations.usage.exceeded import Exceeded
from conversations.usage.limits import in_force
from conversations.usage.reports import users
from conversations.usage.reports.personal import PersonalUse
from tests.support import ledger
from tests.support.limits import estimate, limit, price, spending
from tests.support.loop_clock import LoopClock
from tests.support.scripted_openai import Answer, Finish, Gate, Hangup, Hold, ScriptedOpenAI, Text, failure

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = [Turn("user", "What is a tide?")]


BRIEF = Candidate("Be brief.")


def trial(process: Supervisor, author: User, candidate: Candidate = BRIEF, turns: Sequence[Turn] = QUESTION, **given: Any) -> Trial:
    return Trial(candidate, turns, author_id=author.pk, database=process.database, throttle=Throttle(lambda: 1), **given)


async def ended(trial: Trial) -> Ended:
    steps = [step async for step in trial.steps()]
    assert isinstance(steps[-1], Ended)
    return steps[-1]


@pytest.mark.parametrize("openai", ["chat_completions", "responses"], indirect=True)
async def test_the_provider_is_asked_as_for_an_answer(process: Supervisor, admin: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("The sea, "), Text("rising."), Finish())
    turns = [Turn("user", "Hello"), Turn("assistant", "Good day."), *QUESTION]
    end = await ended(trial(process, admin, Candidate("Be brief.", "other-model", {"temperature": 0.5}), turns))
    assert (end.status, end.error, end.finish_reason, end.model) == (Status.COMPLETE, None, "stop", "other-model")
    assert [(part["type"], part["text"]) for part in end.parts] == [("text", "The sea, rising.")]
    assert end.usage is not None and end.usage["output_tokens"] == 7
    assert end.first_token_seconds is not None and 0 < end.first_token_seconds <= end.seconds
    (asked,) = openai.streams
    assert (asked.system, asked.question) == ("Be brief.", "What is a tide?")
    assert (asked.body["model"], asked.body["temperature"]) == ("other-model", 0.5)
    assert "Good day." in str(asked.body)


async def test_it_is_in_the_ledger_and_nowhere_else(process: Supervisor, admin: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(price)(dollars="1000")
    await sync_to_async(limit)(monthly_tokens=10_000)  # for each user
    await sync_to_async(limit)(counting=Counting.TOGETHER, monthly_tokens=10_000)
    end = await ended(trial(process, admin))
    row = await Attempt.objects.aget()
    assert (row.purpose, row.owner_id, row.reply_id, row.final, row.outcome) == (Purpose.TRIAL, admin.pk, None, True, "ok")
    assert row.cost is not None and end.cost == Decimal(row.cost) / 1_000_000_000
    assert not await Message.objects.aexists() and not await Conversation.objects.aexists()
    for budget in await sync_to_async(standing.of)(admin):
        assert budget.used == 0, budget.label


async def test_it_is_no_use_of_its_authors_in_reports(process: Supervisor, admin: User, openai: ScriptedOpenAI) -> None:
    await ended(trial(process, admin))
    now = timezone.now()
    assert await sync_to_async(lambda: PersonalUse(admin, now).shown.tokens)() == 0
    assert await sync_to_async(users.counted)(now - timedelta(hours=1), now) == {}


@pytest.mark.every_database
async def test_its_budget_is_its_own_and_is_never_overspent(process: Supervisor, admin: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(limit)(counting=Counting.TRIALS, monthly_tokens=2_000)
    await sync_to_async(limit)(counting=Counting.TOGETHER, monthly_tokens=2_000)
    await sync_to_async(recounting.changed)()
    gate = Gate()
    openai.script(Text("The "), Hold(gate), Text("sea."), Finish())
    running = asyncio.create_task(ended(trial(process, admin)))
    await gate.reached()
    held = await Reservation.objects.aget()
    assert held.tokens <= 2_000 and openai.streams[0].body["max_tokens"] == held.output_tokens
    with pytest.raises(Exceeded, match="held back"):
        await ended(trial(process, admin))
    gate.open()
    await running
    assert await sync_to_async(spending)("trials") == (0, 0, 18, 0)  # what the scripted provider says: 11 read and 7 written
    assert (await sync_to_async(spending)("site"))[2] == 0
    assert not await Reservation.objects.aexists()
    await Spending.objects.aupdate(spent_tokens=2_000)
    with pytest.raises(Exceeded, match=r"budget of trials of prompts .* is used up"):
        await ended(trial(process, admin))


async def test_what_is_counted_anew_from_the_ledger_is_the_same(process: Supervisor, admin: User, openai: ScriptedOpenAI) -> None:
    await ended(trial(process, admin))
    await sync_to_async(limit)(counting=Counting.TRIALS, monthly_tokens=2_000)
    await sync_to_async(limit)(counting=Counting.TOGETHER, monthly_tokens=2_000)
    await sync_to_async(recounting.changed)()
    row = await Attempt.objects.aget()
    assert (await sync_to_async(spending)("trials"))[2] == (row.input_tokens or 0) + (row.output_tokens or 0) > 0
    assert (await sync_to_async(spending)("site"))[2] == 0


async def test_stopping_closes_the_connection_and_counts_what_came(process: Supervisor, admin: User, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("The sea rises and "), Hold(gate), Text("falls."), Finish())
    stopped = trial(process, admin)
    steps = []
    async for step in stopped.steps():
        steps.append(step)
        if isinstance(step, Delta):
            stopped.stop()
    end = steps[-1]
    assert isinstance(end, Ended) and (end.status, end.error) == (Status.STOPPED, None)
    assert end.usage is not None and end.usage["estimated"]
    assert await openai.streams[0].client_left() < 2
    row = await Attempt.objects.aget()
    assert (row.purpose, row.outcome, row.estimated) == (Purpose.TRIAL, "stopped", True)


async def test_leaving_it_closes_the_connection_too(process: Supervisor, admin: User, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("The sea "), Hold(gate), Finish())
    steps = trial(process, admin).steps()
    assert isinstance(await anext(steps), Delta)
    await steps.aclose()
    assert await openai.streams[0].client_left() < 2
    assert (await Attempt.objects.aget()).outcome == "stopped"


async def test_what_failed_is_tried_again_and_says_why(process: Supervisor, admin: User, openai: ScriptedOpenAI) -> None:
    openai.queue(failure(500, "Oh no"))
    steps = [step async for step in trial(process, admin).steps()]
    assert isinstance(steps[0], Retrying) and steps[0].kind == "provider"
    end = steps[-1]
    assert isinstance(end, Ended) and (end.status, end.attempts) == (Status.COMPLETE, 2)


async def test_what_breaks_off_goes_on(process: Supervisor, admin: User, openai: ScriptedOpenAI) -> None:
    openai.queue(Answer(steps=(Text("The sea rises and falls twice a day."), Hangup())))
    openai.script(Text("rises and falls twice a day. It does."), Finish())
    end = await ended(trial(process, admin))
    assert end.status == Status.COMPLETE and end.parts[0]["text"].startswith("The sea rises and falls twice a day.")
    assert openai.streams[1].body["messages"][1]["content"] == "What is a tide?"


async def test_what_a_provider_refuses_is_an_error_in_the_same_words(process: Supervisor, admin: User, openai: ScriptedOpenAI) -> None:
    openai.queue(failure(404, "No such model", code="model_not_found"))
    end = await ended(trial(process, admin))
    assert end.status == Status.FAILED and end.error is not None and end.error.kind == "model"
    assert (await Attempt.objects.aget()).outcome == "model"


async def test_an_answer_that_takes_too_long_ends(
    process: Supervisor, admin: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = LoopClock(monkeypatch)
    openai.script(Text("The sea "), Hold(Gate()), Finish())
    steps = trial(process, admin, max_seconds=100).steps()
    assert isinstance(await anext(steps), Delta)
    clock.passed += 100
    [*_, end] = [step async for step in steps]
    assert isinstance(end, Ended)
    assert end.status == Status.INTERRUPTED and end.error is not None and end.error.kind == "timeout"
    assert (await Attempt.objects.aget()).outcome == "timeout"


def test_what_is_held_back_for_a_trial_that_may_still_run_is_not_given_away(admin: User) -> None:
    limit(counting=Counting.TRIALS, monthly_tokens=2_000)
    for purpose, tokens in (("answer", 5_000), ("judge", 70)):
        ledger.attempt(timezone.now(), owner=admin, purpose=purpose, input_tokens=tokens, cost=tokens)
    with transaction.atomic():
        reservations.reserve(in_force.of_trials(), admin.pk, uuid.uuid4(), estimate(100, 200))
    for minutes, settled in ((5, 0), (16, 1)):
        Reservation.objects.update(created=timezone.now() - timedelta(minutes=minutes))
        assert sweeping.sweep() == settled
    assert spending("trials") == (70, 0, 70, 0)
