"""Whatever a provider sends or whatever fails while an end is written: the answer ends, once, and its process keeps running."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.utils import timezone

from conversations.generation import settlement
from conversations.models import Attempt, Message, User
from conversations.processes import checkpoints, completion, recovery, supervisor
from conversations.usage.budgets import standing
from conversations.usage.ledger import metrics
from tests.support.scripted_openai import Answer, Event, Finish, Gate, Hold, Raw, ScriptedOpenAI, Text, failure
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)


def used(**changes: int) -> dict[str, int]:
    return {"input_tokens": 11, "cached_tokens": 3, "output_tokens": 7, "reasoning_tokens": 2, **changes}


async def ended(alice: User) -> Message:
    """Ask, wait for the end, and read what is stored."""
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        return await Message.objects.aget(pk=finished["message"])


@pytest.mark.every_database
@pytest.mark.parametrize(
    "usage",
    [
        used(output_tokens=-1),
        used(cached_tokens=-1),
        used(input_tokens=3_000_000_000),
        used(input_tokens=10**20),
    ],
    ids=["negative", "negative cached", "beyond 31 bits", "beyond 64 bits"],
)
async def test_a_count_of_tokens_that_is_nonsense_does_not_keep_an_answer_from_ending(
    alice: User, openai: ScriptedOpenAI, usage: dict[str, int]
) -> None:
    openai.queue(Answer(steps=(Text("Here"), Finish("stop", usage))))
    message = await ended(alice)
    assert (message.status, message.text) == ("complete", "Here")
    assert await Attempt.objects.filter(reply=message, final=True).acount() == 1


@pytest.mark.every_database
async def test_a_count_of_tokens_that_is_no_number_does_not_spoil_the_answer(alice: User, openai: ScriptedOpenAI) -> None:
    usage = b'data: {"choices": [], "usage": {"prompt_tokens": NaN, "completion_tokens": 1}}\n\n'
    openai.queue(Answer(steps=(Text("Here"), Finish("stop", None, done=False), Raw(usage))))
    message = await ended(alice)
    assert (message.status, message.text) == ("complete", "Here")


@pytest.mark.every_database
async def test_half_a_character_in_a_finish_reason_is_survived(alice: User, openai: ScriptedOpenAI) -> None:
    openai.queue(Answer(steps=(Text("Here"), Event({"choices": [{"index": 0, "delta": {}, "finish_reason": "st\ud800op"}]}))))
    message = await ended(alice)
    assert (message.status, message.text) == ("complete", "Here")


@pytest.mark.every_database
async def test_bytes_that_are_no_utf8_in_a_request_id_are_survived(alice: User, openai: ScriptedOpenAI) -> None:
    openai.queue(Answer(steps=(Text("Here"), Finish()), headers={"x-request-id": "req-\u00ff\u00fe"}))
    message = await ended(alice)
    assert (message.status, message.text) == ("complete", "Here")


@pytest.mark.every_database
async def test_half_a_character_in_an_error_is_survived(alice: User, openai: ScriptedOpenAI) -> None:
    openai.queue(failure(400, "No \ud800 here \x00"))
    message = await ended(alice)
    assert (message.status, message.error_kind) == ("failed", "request")


@pytest.mark.every_database
@pytest.mark.parametrize("openai", ["responses"], indirect=True)
@pytest.mark.parametrize("name", ["resp_\ud800", "resp_\x00"], ids=["half a character", "NUL"])
async def test_an_odd_id_of_one_answer_does_not_stop_the_saving_of_all(
    alice: User, openai: ScriptedOpenAI, settings: Any, name: str
) -> None:
    settings.OPENAI_RESUME = "background"
    gate = Gate()
    created = {"type": "response.created", "response": {"id": name, "status": "in_progress", "output": []}}
    delta = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "Odd"}
    openai.queue(Answer(steps=(Event(created), Event(delta), Hold(gate))))
    async with Socket(alice) as socket:
        first = await socket.send("Hello")
        await socket.until("delta", message=first["reply"])
        openai.queue(Answer(steps=(Text("Even"), Hold(gate), Finish())))
        second = await socket.send("Hello")
        await socket.until("delta", message=second["reply"])
        await checkpoints.save(supervisor.current().registry)
        saved = await Message.objects.aget(pk=second["reply"])
        assert saved.text == "Even"
        gate.open()


@pytest.mark.parametrize("where", ["warnings", "settle", "metrics"])
async def test_trouble_with_what_is_counted_does_not_lose_the_end(
    alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def broken(*args: object, **named: object) -> None:
        raise ValueError("A mistake of ours.")

    place, name = {"warnings": (standing, "warnings"), "settle": (settlement, "settle"), "metrics": (metrics, "count")}[where]
    monkeypatch.setattr(place, name, broken)
    openai.queue(Answer(steps=(Text("Here"), Finish())))
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        message = await Message.objects.aget(pk=finished["message"])
    assert (message.status, message.text) == ("complete", "Here")


@pytest.mark.every_database
async def test_an_end_whose_commit_was_not_confirmed_is_counted_once(
    alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is lost between the database's commit and its confirmation: the same end is written again."""
    write, lost = completion._finish, []

    def unconfirmed(*args: Any) -> Any:
        news = write(*args)
        if not lost:
            lost.append(1)
            raise OperationalError("server closed the connection unexpectedly")
        return news

    monkeypatch.setattr(completion, "_finish", unconfirmed)
    openai.queue(Answer(steps=(Text("Here"), Finish())))
    message = await ended(alice)
    assert message.status == "complete"
    assert lost
    assert await Attempt.objects.filter(reply=message).acount() == 1


@pytest.mark.every_database
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
