"""One provider that fails now and then is asked until it answers: with growing pauses, never before it wishes, and not for ever."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from time import monotonic
from typing import Any

import pytest

from conversations.generation import waiting
from conversations.models import OpenCircuit, Provider, User
from conversations.providers import retries
from conversations.routing import circuits, open_circuit
from tests.conftest import title_if_asked
from tests.support.circuits import let_time_pass, opened
from tests.support.loop_clock import LoopClock
from tests.support.scripted_openai import Answer, Finish, Gate, Hold, Request, ScriptedOpenAI, Text, failure
from tests.support.socket_client import Socket
from tests.support.two_providers import MODEL, Providers

pytestmark = pytest.mark.django_db(transaction=True)
GOOD = Answer(steps=(Text("From here"), Finish()))
BUSY = failure(503, "Busy")


class Schedule:
    """Answers requests for answers in turn, and notes when each came."""

    def __init__(self, openai: ScriptedOpenAI, *planned: Answer) -> None:
        self.times: list[float] = []
        self._planned: Iterator[Answer] = iter(planned)
        openai.answer_with = self._answer

    @property
    def gaps(self) -> list[float]:
        return [after - before for before, after in pairwise(self.times)]

    def _answer(self, request: Request) -> Answer:
        if (title := title_if_asked(request)) is not None:
            return title
        self.times.append(monotonic())
        return next(self._planned, GOOD)


@pytest.mark.parametrize("key", ["sk-test-0123456789", ""], ids=["key", "no key"])
async def test_what_fails_many_times_is_answered_in_the_end(alice: User, openai: ScriptedOpenAI, settings: Any, key: str) -> None:
    settings.OPENAI_API_KEY = key
    limited = failure(429, "Slow down", headers={"retry-after-ms": "10"})
    asked = Schedule(openai, BUSY, limited, failure(500, "Ouch"), limited, limited, BUSY, limited, failure(500, "Ouch"), limited)
    async with Socket(alice) as socket:
        assert (await socket.answer("Hello"))["status"] == "complete"
    assert len(asked.times) == retries.MOST_TRIES


async def test_it_ends_after_the_last_try(alice: User, openai: ScriptedOpenAI) -> None:
    asked = Schedule(openai, *[failure(429, "Slow down", headers={"retry-after-ms": "10"})] * 20)
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        assert (finished["status"], finished["error"]["kind"]) == ("failed", "rate_limit")
    assert len(asked.times) == retries.MOST_TRIES


async def test_pauses_grow(alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "FIRST_PAUSE_SECONDS", 0.05)
    asked = Schedule(openai, *[BUSY] * 4)
    async with Socket(alice) as socket:
        assert (await socket.answer("Hello"))["status"] == "complete"
    assert all(gap >= 0.025 * 2**number for number, gap in enumerate(asked.gaps)), asked.gaps


@pytest.mark.parametrize(
    "wish", [failure(503, "Busy", headers={"retry-after-ms": "300"}), failure(429, "Slow", headers={"retry-after-ms": "300"})]
)
@pytest.mark.parametrize("key", ["sk-test-0123456789", ""], ids=["key", "no key"])
async def test_no_wish_is_ignored(alice: User, openai: ScriptedOpenAI, settings: Any, wish: Answer, key: str) -> None:
    settings.OPENAI_API_KEY = key
    asked = Schedule(openai, wish, wish)
    async with Socket(alice) as socket:
        assert (await socket.answer("Hello"))["status"] == "complete"
    assert all(gap >= 0.3 for gap in asked.gaps), asked.gaps


async def test_a_wish_is_remembered_while_another_provider_is_asked(alice: User, providers: Providers) -> None:
    near = Schedule(providers.near, failure(503, "Busy", headers={"retry-after-ms": "5000"}))
    far = Schedule(providers.far, BUSY, BUSY, BUSY)
    async with Socket(alice) as socket:
        assert (await socket.answer("Hello"))["status"] == "complete"
    assert len(far.times) > 1, "The other one is asked meanwhile."
    assert all(gap >= 5 for gap in near.gaps), near.gaps


async def test_a_circuit_that_is_open_for_a_moment_is_waited_for(
    alice: User, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of those who wait tries the provider; the others go on waiting until that has succeeded."""
    monkeypatch.setattr(open_circuit, "FIRST_BREAK_SECONDS", 15.0)
    clock = LoopClock(monkeypatch)
    await Provider.objects.filter(pk=providers.far_row.pk).aupdate(enabled=False)
    gate = Gate()
    providers.near.script(Hold(gate), Text("Slowly"), Finish())
    async with Socket(alice) as one, Socket(alice) as other:
        await opened((str(providers.near_row.pk), MODEL))
        for socket in (one, other):
            await socket.send("Hello")
        for socket in (one, other):
            assert (await socket.until("retrying"))["kind"] == "down"
        await let_time_pass()
        clock.passed += 20
        await gate.reached()
        assert providers.asked == (1, 0), "Only one request tries it."
        gate.open()
        for socket in (one, other):
            assert (await socket.until("finished"))["status"] == "complete"
    assert not await OpenCircuit.objects.aexists()


async def test_a_provider_that_answers_in_between_is_not_down(alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many requests in a row fail: its circuit opens only where the last success is a while ago."""
    monkeypatch.setattr(circuits, "LAST_SUCCESS_SECONDS", 600.0)
    monkeypatch.setattr(waiting, "MAX_WAIT_SECONDS", 1.0)
    asked = Schedule(openai, GOOD, *[BUSY] * (circuits.OPENS_AFTER + 2))
    async with Socket(alice) as socket:
        assert (await socket.answer("Hello"))["status"] == "complete"
        assert (await socket.answer("Again"))["status"] == "complete"
    assert len(asked.times) == circuits.OPENS_AFTER + 4
    assert circuits.open_circuits() == {}
    monkeypatch.setattr(circuits, "LAST_SUCCESS_SECONDS", 0.0)
    Schedule(openai, *[BUSY] * circuits.OPENS_AFTER)
    async with Socket(alice) as socket:
        assert (await socket.answer("Hello"))["status"] == "failed"
    assert circuits.open_circuits() != {}
