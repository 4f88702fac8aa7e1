"""An answer that breaks off in the middle goes on by itself, at most twice: one answer without a seam, saved exactly as it was shown."""

from __future__ import annotations

from time import monotonic
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from conversations.generation import waiting
from conversations.models import Attempt, Limit, Message, Provider, Reservation, User
from conversations.providers import connections, retries
from conversations.providers.errors import reason
from conversations.usage.limits import in_force
from tests.support.scripted_openai import (
    Answer,
    Event,
    Finish,
    Gate,
    Hangup,
    Hold,
    Raw,
    Reasoning,
    Request,
    Reset,
    ScriptedOpenAI,
    Stay,
    Step,
    Text,
    failure,
)
from tests.support.socket_client import Socket
from tests.support.two_providers import Providers

pytestmark = pytest.mark.django_db(transaction=True)
BOTH_APIS = pytest.mark.parametrize("openai", ["chat_completions", "responses"], indirect=True)

BREAKS: dict[str, tuple[str, tuple[Step, ...]]] = {
    "reset": ("interrupted", (Reset(),)),
    "hang-up": ("interrupted", (Hangup(),)),
    "clean end": ("interrupted", ()),
    "stall": ("timeout", (Stay(),)),
    "error event": ("provider", (Event({"type": "error", "error": {"message": "The GPU fell over", "type": "server_error"}}),)),
    "rate limit": ("rate_limit", (Event({"type": "error", "error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}),)),
    "broken JSON": ("provider", (Raw(b"data: {oops\n\n"),)),
}


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch, settings: Any, request: pytest.FixtureRequest) -> None:
    monkeypatch.setattr(retries, "COOL_DOWN_SECONDS", {"rate_limit": 0.01, "quota": 600.0})
    monkeypatch.setattr(connections, "REUSE_SECONDS", 0.05)
    monkeypatch.setattr(waiting, "MAX_WAIT_SECONDS", 1.0)
    if "stall" in request.node.name:
        settings.OPENAI_NEXT_TOKEN_SECONDS = 0.3


def answers(openai: ScriptedOpenAI) -> list[Request]:
    """The requests for the answer, in their order."""
    return [request for request in openai.streams if not request.system.startswith("You name")]


def told(socket: Socket) -> list[str]:
    return [frame["detail"] for frame in socket.frames if frame["type"] == "retrying"]


@BOTH_APIS
@pytest.mark.parametrize("fault", BREAKS)
async def test_it_is_one_answer_whatever_broke_it_off(alice: User, openai: ScriptedOpenAI, fault: str) -> None:
    kind, steps = BREAKS[fault]
    openai.script(Text("The capital "), Text("of France"), *steps)
    openai.script(Text("The capital of"), Text(" France is Paris."), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        reply = finished["message"]
        assert (finished["status"], finished["error"], finished["finish_reason"]) == ("complete", None, "stop")
        assert socket.texts[reply] == [{"type": "text", "text": "The capital of France is Paris."}]
        assert (finished["end"], socket.resyncs) == (socket.ends[reply], 0)
        assert told(socket) == [f"{reason(kind)} Reconnecting…"]
        assert len([frame for frame in socket.frames if frame["type"] == "finished"]) == 1
    saved = await Message.objects.aget(pk=reply)
    assert (saved.status, saved.parts, saved.error_kind) == ("complete", socket.texts[reply], "")
    assert (saved.reconnections, saved.lease_until) == (1, None)
    first, second = rows = [row async for row in Attempt.objects.filter(reply=reply).order_by("id")]
    assert [(row.number, row.outcome, row.final, row.estimated) for row in (first, second)] == [
        (1, kind, False, True),
        (2, "ok", True, False),
    ]
    assert first.characters + second.characters == saved.length, "What the model repeated of it counts once."
    assert saved.usage["output_tokens"] == sum(row.output_tokens or 0 for row in rows)
    assert saved.usage["input_tokens"] == sum(row.input_tokens or 0 for row in rows)


async def test_a_model_is_asked_to_go_on_from_the_last_words(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("The capital of France"), Hangup())
    openai.script(Text("The capital of France is Paris."), Finish())
    async with Socket(alice) as socket:
        await socket.answer("Tell")
    turns = answers(openai)[1].body["messages"]
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    assert turns[2]["content"] == "The capital of France"
    assert "Go on from exactly where it stops" in turns[3]["content"]


async def test_a_provider_that_can_is_given_the_text(alice: User, openai: ScriptedOpenAI, settings: Any) -> None:
    settings.OPENAI_RESUME = "prefix"
    openai.script(Text("```py\nfor x in y:\n    pri"), Hangup())
    openai.script(Text("nt(x)"), Reset())
    openai.script(Text("\n```"), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        assert socket.text(finished["message"]) == "```py\nfor x in y:\n    print(x)\n```"
    assert [request.prefix for request in answers(openai)[1:]] == ["```py\nfor x in y:\n    pri", "```py\nfor x in y:\n    print(x)"]


@pytest.mark.parametrize("openai", ["responses"], indirect=True)
async def test_a_stream_that_the_provider_keeps_is_taken_up_and_told(alice: User, openai: ScriptedOpenAI, settings: Any) -> None:
    settings.OPENAI_RESUME = "background"
    openai.script(Text("The capital "), Reset(), Text("of France"), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        assert (finished["status"], socket.text(finished["message"])) == ("complete", "The capital of France")
        assert told(socket) == [f"{reason('interrupted')} Reconnecting…"]
    assert len(answers(openai)) == 1
    assert (await Message.objects.aget(pk=finished["message"])).reconnections == 0, "It costs nothing, so it needs no bound."


@pytest.mark.parametrize("openai", ["responses"], indirect=True)
async def test_a_stream_that_the_provider_lost_is_continued(alice: User, openai: ScriptedOpenAI, settings: Any) -> None:
    settings.OPENAI_RESUME = "background"
    openai.script(Text("The capital "), Reset())
    openai.script(Text("The capital of France"), Finish())
    scripted = openai.answer_with
    openai.answer_with = lambda request: failure(404, "Not found.") if request.method == "GET" else scripted and scripted(request)
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        assert (finished["status"], socket.text(finished["message"])) == ("complete", "The capital of France")
    assert len(answers(openai)) == 2
    assert (await Message.objects.aget(pk=finished["message"])).reconnections == 1


async def test_after_twice_its_user_decides(alice: User, openai: ScriptedOpenAI) -> None:
    for words in ("One ", "two ", "three "):
        openai.script(Text(words), Hangup())
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        reply = finished["message"]
        assert (finished["status"], finished["error"]["kind"], socket.text(reply)) == ("interrupted", "interrupted", "One two three ")
        assert len(answers(openai)) == 3
        openai.script(Text("four "), Hangup())
        openai.script(Text("five"), Finish())
        await socket.command("continue", message=reply)
        await socket.until("finished", message=reply, status="complete")
        assert socket.text(reply) == "One two three four five"
    assert (await Message.objects.aget(pk=reply)).text == socket.text(reply)


async def test_failures_in_between_are_tried_again(alice: User, openai: ScriptedOpenAI) -> None:
    """What fails before it says a word breaks nothing off: it doesn't count as going on."""
    openai.script(Text("One "), Hangup())
    openai.queue(failure(429, "Slow down", headers={"retry-after": "0.05"}), Answer(steps=(Hangup(),)))
    openai.script(Text("two "), Hangup())
    openai.queue(failure(503, "Busy", headers={"retry-after": "0.05"}))
    openai.script(Text("three"), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        assert (finished["status"], socket.text(finished["message"])) == ("complete", "One two three")
        assert all(detail.endswith("Reconnecting…") for detail in told(socket))
    rows = [row async for row in Attempt.objects.filter(purpose="answer").order_by("id")]
    assert [row.number for row in rows] == [*range(1, 7)]
    assert [row.final for row in rows] == [False] * 5 + [True]


async def test_not_after_a_content_filter(alice: User, openai: ScriptedOpenAI) -> None:
    filtered = {"type": "error", "error": {"message": "Stopped by the content filter", "code": "content_filter"}}
    openai.script(Text("How to "), Event(filtered))
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        assert (finished["status"], finished["error"]["kind"]) == ("failed", "content_filter")
    assert len(answers(openai)) == 1


async def test_not_when_it_is_stopped(alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MAX_WAIT_SECONDS", 20.0)
    monkeypatch.setattr(retries, "FIRST_PAUSE_SECONDS", 8.0)
    openai.script(Text("One "), Hangup())
    async with Socket(alice) as socket:
        accepted = await socket.send("Tell")
        await socket.until("retrying")
        await socket.command("stop", message=accepted["reply"])
        finished = await socket.until("finished")
        assert (finished["status"], socket.text(accepted["reply"])) == ("stopped", "One ")
    assert len(answers(openai)) == 1


@pytest.mark.parametrize(
    ("openai", "resume"), [("chat_completions", "prefix"), ("responses", "background"), ("responses", "")], indirect=["openai"]
)
async def test_not_where_it_is_switched_off(alice: User, openai: ScriptedOpenAI, settings: Any, resume: str) -> None:
    settings.OPENAI_RECONNECT, settings.OPENAI_RESUME = False, resume
    openai.script(Text("One "), Reset(), Text("two"), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        assert (finished["status"], socket.text(finished["message"]), told(socket)) == ("interrupted", "One ", [])
    assert len([request for request in openai.requests if not request.system.startswith("You name")]) == 1


async def test_another_provider_goes_on(alice: User, providers: Providers) -> None:
    providers.near.script(Text("Half"), Reset())
    providers.far.script(Text("Half an answer"), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        assert (finished["status"], socket.text(finished["message"])) == ("complete", "Half an answer")
    assert providers.asked == (1, 1)
    rows = [row async for row in Attempt.objects.filter(purpose="answer").select_related("provider").order_by("id")]
    assert [(row.provider.name, row.outcome) for row in rows] == [("Near", "interrupted"), ("Far", "ok")]
    saved: Any = await Message.objects.aget(pk=finished["message"])
    assert float(saved.cost) == pytest.approx(sum(row.cost or 0 for row in rows) / 1e9, abs=1e-6)


async def test_the_provider_where_it_broke_off_decides(alice: User, providers: Providers) -> None:
    await Provider.objects.filter(pk=providers.near_row.pk).aupdate(reconnects=False)
    providers.near.script(Text("Half"), Reset())
    async with Socket(alice) as socket:
        assert (await socket.answer("Hello"))["status"] == "interrupted"
    assert providers.asked == (1, 0)


async def test_a_second_tab_and_a_reload_see_that_it_reconnects(alice: User, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("One "), Hangup())
    openai.script(Hold(gate), Text("two"), Finish())
    async with Socket(alice) as socket, Socket(alice) as late:
        accepted = await socket.send("Tell")
        reply = accepted["reply"]
        await gate.reached()
        await late.command("watch", conversation=accepted["conversation"])
        snapshot = await late.until("snapshot", message=reply)
        assert (snapshot["status"], snapshot["parts"]) == ("streaming", [{"type": "text", "text": "One "}])
        assert snapshot["retrying"].endswith("Reconnecting…")
        gate.open()
        for tab in (socket, late):
            finished = await tab.until("finished", message=reply, status="complete")
            assert (tab.text(reply), tab.ends[reply], tab.resyncs) == ("One two", finished["end"], 0)


@BOTH_APIS
async def test_thoughts_about_going_on_are_not_shown_amid_the_text(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Reasoning("Let me see."), Text("One "), Hangup())
    openai.script(Reasoning("I was at one."), Text("two"), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        parts = [(part["type"], part["text"]) for part in socket.texts[finished["message"]]]
        assert parts == [("reasoning", "Let me see."), ("text", "One two")]
    assert [(part["type"], part["text"]) for part in (await Message.objects.aget(pk=finished["message"])).parts] == parts


@BOTH_APIS
async def test_thoughts_that_break_off_are_followed_by_others(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Reasoning("Let me"), Hangup())
    openai.script(Reasoning("Let me "), Reasoning("see."), Text("One"), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        parts = [(part["type"], part["text"]) for part in socket.texts[finished["message"]]]
        assert parts == [("reasoning", "Let me\n\nLet me see."), ("text", "One")]


@pytest.mark.parametrize(("left", "status", "asked"), [(40_000, "complete", 2), (1_500, "interrupted", 1)])
async def test_a_budget_bounds_what_follows(alice: User, openai: ScriptedOpenAI, left: int, status: str, asked: int) -> None:
    await Limit.objects.acreate(person=alice, monthly_tokens=left)
    await sync_to_async(in_force.forget)()
    said = "word " * 800  # a thousand tokens
    openai.script(Text(said), Hangup())
    openai.script(Text("more"), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Tell")
        assert (finished["status"], socket.text(finished["message"]).startswith(said)) == (status, True)
    bounds = [request.body["max_tokens"] for request in answers(openai)]
    assert len(bounds) == asked
    assert asked == 1 or 256 <= bounds[1] <= bounds[0] - 2_000, "What was written is paid for, and read again."
    assert not await Reservation.objects.filter(reply=finished["message"]).aexists()


async def test_the_deadline_begins_again_when_it_breaks_off(alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long answer must not find that its time was over before it broke off."""
    gate = Gate()
    openai.script(Text("One "), Hold(gate), Hangup())
    openai.script(Text("two"), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("Tell")
        await gate.reached()
        monkeypatch.setattr(waiting, "monotonic", lambda: monotonic() + 1_000)
        gate.open()
        finished = await socket.until("finished", message=accepted["reply"])
        assert (finished["status"], socket.text(accepted["reply"])) == ("complete", "One two")
