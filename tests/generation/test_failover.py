"""Which providers are asked, in which order, and after which failures: before the first delta a user only learns that it takes longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from conversations.models import ApiKey, Attempt, Message, Model, Provider, User
from conversations.providers import retries
from conversations.providers.errors import reason
from conversations.routing import catalog, circuits, keys, routes
from tests.conftest import title_if_asked
from tests.support.loop_clock import Lapse, LoopClock
from tests.support.scripted_openai import Answer, Finish, Gate, Hangup, Hold, Reset, Stay, Text, failure
from tests.support.socket_client import Socket
from tests.support.two_providers import SECRETS, Providers, guarded

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 5.0
"""By the loop's clock, which is put forward where a provider is silent."""
GOOD = Answer(steps=(Text("From here"), Finish()))

TROUBLE = {
    "500": (failure(500, "Ouch"), "provider"),
    "503 with a web page": (Answer(status=503, body="<html><title>Be right back</title></html>"), "provider"),
    "connection reset": (Answer(before_headers=(Reset(),)), "network"),
    "dropped before the first word": (Answer(steps=(Hangup(),)), "interrupted"),
    "clean end without a word": (Answer(steps=()), "interrupted"),
    "silence": (Answer(before_headers=(Stay(),)), "timeout"),
    "403": (failure(403, "Not in your region"), "permission"),
    "404": (failure(404, "The model does not exist", code="model_not_found"), "model"),
}


@pytest.mark.parametrize("fault", TROUBLE)
async def test_the_other_provider_answers_at_once(alice: User, providers: Providers, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, kind = TROUBLE[fault]
    lapse = Lapse(LoopClock(monkeypatch), PATIENCE_SECONDS)
    providers.near.queue(replace(answer, before_headers=lapse.before(answer.before_headers)))
    providers.far.queue(GOOD)
    await Provider.objects.filter(pk=providers.near_row.pk).aupdate(first_token_seconds=PATIENCE_SECONDS)
    async with Socket(alice, seconds=60) as socket:
        finished = await socket.answer("Hello")
        assert (finished["status"], finished["error"], socket.text(finished["message"])) == ("complete", None, "From here")
    told = [(frame["kind"], frame["seconds"]) for frame in socket.frames if frame["type"] == "retrying"]
    assert told == [(kind, 0.0)], "The person is told why it takes longer, and there is no wait."
    assert providers.asked == (1, 1)
    ledger = await providers.ledger()
    assert [row[2:] for row in ledger] == [(1, kind, False), (2, "ok", True)]
    assert [row[0] for row in ledger] == ["Near", "Far"]


async def test_a_model_that_stands_in_for_the_usual_one_is_named_with_the_reason(alice: User, providers: Providers) -> None:
    """Where a prompt names no model, each provider is asked for its own."""
    await Provider.objects.filter(pk=providers.far_row.pk).aupdate(default_model="far-model")
    await Model.objects.acreate(provider=providers.far_row, name="far-model")
    said = "far-model answered instead of the-model ({})."
    client = Client()
    async with Socket(alice, client=client) as socket:
        providers.near.queue(failure(500, "Ouch"))
        first = await socket.answer("Hello")
        assert (first["status"], first["model"], first["note"]) == ("complete", "far-model", said.format("error at the provider"))
        usual = await socket.answer("Hello again")
        assert (usual["model"], usual["note"]) == ("the-model", None)
        for trouble, why in (("quota", "quota used up"), ("rate_limit", "too many requests")):
            until = timezone.now() + timedelta(minutes=5)
            await ApiKey.objects.exclude(label="only").aupdate(cooling_until=until, trouble=trouble)
            catalog.forget()
            assert (await socket.answer("And now?"))["note"] == said.format(why)
        await ApiKey.objects.exclude(label="only").aupdate(cooling_until=None, trouble="", refused=timezone.now())
        catalog.forget()
        last = await socket.answer("And now?")
        assert last["note"] == said.format("API key refused")
    reply = await Message.objects.aget(pk=last["message"])
    shown = (await sync_to_async(client.get)(f"/c/{reply.conversation_id}/messages/")).json()["messages"]
    assert [message["note"] for message in shown] == [None, last["note"]]


async def test_a_question_that_is_too_long_for_a_limit_a_minute_is_refused_and_costs_no_others(alice: User, providers: Providers) -> None:
    """It would be, whenever it is sent: no other model answers in silence, and the key goes on being used."""
    too_large = (
        "Request too large for the-model in organization org-1 on tokens per min (TPM): Limit 30000, Requested 70123. The input or output "
        "tokens must be reduced in order to run successfully."
    )
    providers.near.queue(failure(429, too_large, code="rate_limit_exceeded"))
    async with Socket(alice) as socket:
        refused = await socket.answer("Long " * 14_000)
    assert (refused["status"], refused["error"]["kind"]) == ("failed", "context")
    assert providers.asked == (1, 0)
    assert not await ApiKey.objects.exclude(cooling_until=None).aexists()


async def test_the_nearest_is_asked_as_long_as_it_answers(alice: User, providers: Providers) -> None:
    async with Socket(alice) as socket:
        for _ in range(4):
            assert (await socket.answer("Hello"))["status"] == "complete"
    assert providers.asked == (4, 0)
    used: Any = await Attempt.objects.filter(purpose="answer").afirst()
    assert used.estimated is False
    assert used.cost == used.input_tokens * 1000 + used.output_tokens * 2000, "Nanodollars, at the model's own prices."
    reply: Any = await Message.objects.aget(pk=used.reply_id)
    assert float(reply.cost) == pytest.approx(used.cost / 1e9, abs=1e-6)


async def test_keys_share_the_load(providers: Providers) -> None:
    routes_taken = [await sync_to_async(routes.choose)("", routes.Tried()) for _ in range(60)]
    assert {route.key.label if route.key else "" for route in routes_taken} == {"one", "two"}


async def test_a_key_that_is_used_too_much_cools_down(alice: User, providers: Providers) -> None:
    providers.near.queue(failure(429, "Slow down", headers={"retry-after": "40"}), GOOD, GOOD, GOOD)
    async with Socket(alice) as socket:
        for _ in range(3):
            assert (await socket.answer("Hello"))["status"] == "complete"
    ledger = await providers.ledger()
    cooled = ledger[0][1]
    other = {"one": "two", "two": "one"}[cooled]
    assert [row[1:4] for row in ledger] == [(cooled, 1, "rate_limit"), (other, 2, "ok"), (other, 1, "ok"), (other, 1, "ok")]
    key: Any = await ApiKey.objects.aget(label=cooled)
    assert timedelta(seconds=30) < key.cooling_until - timezone.now() < timedelta(seconds=41)
    assert (key.trouble, key.trouble_status) == ("rate_limit", 429)


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_everybody_is_told_of_a_used_up_quota(alice: User, bob: User, providers: Providers, elsewhere: bool) -> None:
    """The first by the provider, all others by what is known of its keys: in this process, or in the database."""
    await Provider.objects.filter(pk=providers.far_row.pk).aupdate(enabled=False)
    providers.near.answer_with = lambda request: failure(429, "Enough", code="insufficient_quota")
    told = []
    for user in (alice, bob):
        async with Socket(user) as socket:
            told.append((await socket.answer("Hello"))["error"])
        if elsewhere:
            keys._cool_downs.clear()
            catalog.forget()
    assert [error["kind"] for error in told] == ["quota", "quota"]
    assert told[0]["detail"] == told[1]["detail"] == reason("quota")
    assert told[1]["retry_at"]
    assert [row[2:] for row in await providers.ledger()] == [(1, "quota", False), (2, "quota", True), (0, "quota", True)]


async def test_the_key_that_is_free_first_says_why_nobody_is_asked(alice: User, providers: Providers) -> None:
    await Provider.objects.filter(pk=providers.far_row.pk).aupdate(enabled=False)
    until = timezone.now() + timedelta(minutes=5)
    await ApiKey.objects.filter(label="one").aupdate(cooling_until=until, trouble="quota")
    await ApiKey.objects.filter(label="two").aupdate(cooling_until=until - timedelta(minutes=4), trouble="rate_limit")
    async with Socket(alice) as socket:
        assert (await socket.answer("Hello"))["error"]["kind"] == "rate_limit"


async def test_a_key_that_is_refused_is_taken_out(alice: User, providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    providers.near.answer_with = guarded(SECRETS[1])
    with monkeypatch.context() as in_order:  # else a title may meet the refused key first
        in_order.setattr("conversations.routing.keys.random.sample", lambda keys, number: list(keys))
        async with Socket(alice) as socket:
            for _ in range(4):
                assert (await socket.answer("Hello"))["status"] == "complete"
    refused = [row for row in await providers.ledger() if row[3] == "key"]
    assert [row[1] for row in refused] == ["one"], "It was tried once."
    assert providers.asked[1] == 0
    key: Any = await ApiKey.objects.aget(label="one")
    assert key.refused
    assert (key.trouble, key.trouble_status) == ("key", 401)
    # Its secret is replaced: it is used again.
    await sync_to_async(key.take)(SECRETS[1])
    await key.asave()
    catalog.forget()
    ways = [await sync_to_async(routes.choose)("", routes.Tried()) for _ in range(60)]
    assert {way.key.label if way.key else "" for way in ways} == {"one", "two"}


async def test_without_a_key_the_next_provider_answers(alice: User, providers: Providers) -> None:
    await ApiKey.objects.filter(provider=providers.near_row).aupdate(enabled=False)
    async with Socket(alice) as socket:
        await socket.answer("Hello")
    assert providers.asked == (0, 1)


async def test_it_is_asked_again_where_there_is_no_other(alice: User, providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    await Provider.objects.filter(pk=providers.far_row.pk).aupdate(enabled=False)
    waits: list[int] = []

    def pause(number: int, error: object = None) -> float:
        waits.append(number)
        return 0.001

    monkeypatch.setattr(retries, "pause", pause)
    providers.near.queue(failure(500, "Ouch"), failure(500, "Ouch"), GOOD)
    async with Socket(alice) as socket:
        assert (await socket.answer("Hello"))["status"] == "complete"
    assert waits == [1, 2], "Longer each time."
    assert [row[2:] for row in await providers.ledger()] == [(1, "provider", False), (2, "provider", False), (3, "ok", True)]


async def test_a_wish_to_wait_is_respected(alice: User, providers: Providers) -> None:
    await Provider.objects.filter(pk=providers.far_row.pk).aupdate(enabled=False)
    await ApiKey.objects.filter(label="two").aupdate(enabled=False)
    providers.near.queue(
        failure(429, "Slow down", headers={"retry-after": "0.3"}), failure(503, "Busy", headers={"retry-after": "0.2"}), GOOD
    )
    async with Socket(alice) as socket:
        assert (await socket.answer("Hello"))["status"] == "complete"
    first, second, third = [request.arrived for request in providers.near.streams if title_if_asked(request) is None]
    waited = (second - first, third - second)
    assert waited[0] >= 0.3
    assert waited[1] >= 0.2
    limited, busy = _retrying(socket)
    assert [limited["kind"], busy["kind"]] == ["rate_limit", "provider"]
    # A key's cool-down has begun when its rest is told.
    assert 0 <= limited["seconds"] <= waited[0]
    assert 0.2 <= busy["seconds"] <= waited[1]


async def test_a_long_wait_is_told_and_not_waited_for(alice: User, providers: Providers) -> None:
    await ApiKey.objects.all().aupdate(cooling_until=timezone.now() + timedelta(seconds=300))
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
    assert (finished["status"], finished["error"]["kind"]) == ("failed", "rate_limit")
    assert finished["error"]["retry_at"]
    assert providers.asked == (0, 0)
    assert await providers.ledger() == [("", "", 0, "rate_limit", True)], "That no provider could be asked is a failure, too."
    reply: Any = await Message.objects.aget(pk=finished["message"])
    assert timedelta(seconds=250) < reply.retry_at - timezone.now() < timedelta(seconds=301)


async def test_nothing_is_asked_again_once_words_were_shown_where_that_is_switched_off(alice: User, providers: Providers) -> None:
    await Provider.objects.filter(pk=providers.near_row.pk).aupdate(reconnects=False)
    providers.near.script(Text("Half"), Reset())
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        assert (finished["status"], socket.text(finished["message"])) == ("interrupted", "Half")
    assert providers.asked == (1, 0)
    attempt: Any = await Attempt.objects.aget(purpose="answer")
    assert (attempt.outcome, attempt.final, attempt.characters, attempt.estimated, attempt.output_tokens) == (
        "interrupted",
        True,
        4,
        True,
        1,
    )
    assert attempt.first_token_ms is not None


async def test_what_is_our_fault_is_not_tried_elsewhere(alice: User, providers: Providers) -> None:
    providers.near.queue(failure(400, "Invalid value for 'messages'"))
    async with Socket(alice) as socket:
        assert (await socket.answer("Hello"))["error"]["kind"] == "request"
    assert providers.asked == (1, 0)


async def test_a_stop_while_it_waits_counts_as_stopped(alice: User, providers: Providers) -> None:
    await Provider.objects.filter(pk=providers.far_row.pk).aupdate(enabled=False)
    providers.near.queue(failure(500, "Ouch", headers={"retry-after": "15"}))
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello")
        await socket.until("retrying")
        await socket.command("stop", message=accepted["reply"])
        assert (await socket.until("finished"))["status"] == "stopped"
    assert [row[2:] for row in await providers.ledger()] == [(1, "provider", False), (0, "stopped", True)]


async def test_a_stopped_answer_is_counted_as_far_as_it_came(alice: User, providers: Providers) -> None:
    gate = Gate()
    providers.near.script(Text("Twelve chars"), Hold(gate), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello")
        await socket.until("delta")
        await socket.command("stop", message=accepted["reply"])
        await socket.until("finished")
    gate.open()
    attempt: Any = await Attempt.objects.aget(purpose="answer")
    assert (attempt.outcome, attempt.final, attempt.output_tokens, attempt.estimated) == ("stopped", True, 3, True)
    assert attempt.input_tokens
    assert attempt.cost


async def test_a_model_is_asked_for_under_its_name_there(alice: User, providers: Providers) -> None:
    await Model.objects.filter(provider=providers.near_row).aupdate(name_there="vendor/the-model-v2", takes_temperature=False)
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello", model="the-model")
    assert providers.near.streams[0].body["model"] == "vendor/the-model-v2"
    assert (await Message.objects.aget(pk=finished["message"])).model == "the-model"


async def test_a_model_that_nobody_has(alice: User, providers: Providers, settings: Any) -> None:
    async with Socket(alice) as socket:
        await socket.command("send", text="Hello", conversation=None, model="another")
        assert (await socket.next_error())["code"] == "invalid"
    await Model.objects.all().aupdate(hidden=True)
    catalog.forget()
    async with Socket(alice) as socket:
        await socket.command("send", text="Hello", conversation=None, model="the-model")
        assert (await socket.next_error())["code"] == "invalid"


@pytest.mark.parametrize("answer", [failure(400, "Invalid value"), failure(429, "Slow down"), failure(404, "The model does not exist")])
async def test_refusals_open_no_circuit(alice: User, providers: Providers, answer: Answer) -> None:
    providers.near.answer_with = guarded(*SECRETS[:2], then=lambda request: answer)
    async with Socket(alice) as socket:
        for _ in range(circuits.OPENS_AFTER + 1):
            await ApiKey.objects.all().aupdate(cooling_until=None)
            catalog.forget()
            await socket.answer("Hello")
    assert circuits.open_circuits() == {}


def _retrying(socket: Socket) -> list[dict[str, Any]]:
    return [frame for frame in socket.frames if frame["type"] == "retrying"]
