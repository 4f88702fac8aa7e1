"""A page tries prompts over a socket of its own: who may, what it hears, and that nothing goes on without it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission

from conversations.live import command_frames, trial_frames, trials
from conversations.models import Attempt, Conversation, Counting, User
from tests.support.idle import until_idle
from tests.support.limits import limit
from tests.support.scripted_openai import Answer, Finish, Gate, Hold, Reasoning, ScriptedOpenAI, Text, failure
from tests.support.socket_client import Socket, TrialSocket

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "protocol.md").read_text()


async def test_several_stream_at_once_and_each_says_what_it_took(admin: User, openai: ScriptedOpenAI) -> None:
    openai.queue(*[Answer(steps=(Reasoning("Hm."), Text("The sea "), Text("rises."), Finish()))] * 2)
    async with TrialSocket(admin) as socket:
        first, second = await socket.attempt(), await socket.attempt(system="Be long.", model="other", parameters={"temperature": 0.2})
        ends = {(end := await socket.until("ended"))["trial"]: end for _ in range(2)}
    assert ends.keys() == {first, second}
    for trial, model in ((first, "scripted-model"), (second, "other")):
        assert [(part["type"], part["text"]) for part in socket.texts[trial]] == [("reasoning", "Hm."), ("text", "The sea rises.")]
        end = ends[trial]
        assert (end["status"], end["error"], end["model"], end["attempts"]) == ("complete", None, model, 1)
        assert end["usage"]["output_tokens"] == 7
        assert 0 < end["first_token_seconds"] <= end["seconds"]
    asked = {request.system: request.body for request in openai.streams}
    assert asked["Be long."]["temperature"] == 0.2 and "temperature" not in asked["Be brief."]
    assert await Attempt.objects.filter(purpose="trial", owner=admin).acount() == 2
    assert not await Conversation.objects.aexists()


async def test_one_is_stopped_and_the_other_goes_on(admin: User, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.queue(*[Answer(steps=(Text("The sea "), Hold(gate), Text("rises."), Finish()))] * 2)
    async with TrialSocket(admin) as socket:
        first, second = await socket.attempt(), await socket.attempt()
        for trial in (first, second):
            while trial not in socket.texts:
                await socket.next()
        await socket.command("stop", id=first)
        stopped = await socket.until("ended")
        assert (stopped["trial"], stopped["status"], stopped["error"]) == (first, "stopped", None)
        gate.open()
        assert (await socket.until("ended", trial=second))["status"] == "complete"
    assert socket.text(first) == "The sea "


async def test_a_closed_page_ends_its_trials_at_the_provider(admin: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("The sea "), Hold(Gate()), Finish())
    socket = await TrialSocket(admin).open()
    trial = await socket.attempt()
    while trial not in socket.texts:
        await socket.next()
    await socket.close()
    assert await openai.streams[0].client_left() < 2
    await until_idle()
    assert (await Attempt.objects.aget()).outcome == "stopped"
    assert trials._running[admin.pk] == 0


async def test_a_session_that_ends_ends_its_trials(admin: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("The sea "), Hold(Gate()), Finish())
    socket = await TrialSocket(admin).open()
    trial = await socket.attempt()
    while trial not in socket.texts:
        await socket.next()
    await sync_to_async(socket.client.logout)()
    await socket.attempt()
    assert await socket.closed_with() == 4401
    await socket.close()
    assert await openai.streams[0].client_left() < 2
    await until_idle()


async def test_errors_come_in_the_words_of_readers_and_in_the_provider_s(admin: User, openai: ScriptedOpenAI) -> None:
    openai.queue(failure(404, "The model `x` does not exist", code="model_not_found"))
    async with TrialSocket(admin) as socket:
        trial = await socket.attempt(model="x")
        error = (await socket.until("ended", trial=trial))["error"]
    assert (error["kind"], error["detail"]) == ("model", "This model isn’t available right now. Please tell an administrator.")
    assert "does not exist" in error["cause"]


@pytest.mark.parametrize(("rights", "may"), [(("view", "evaluate"), True), (("view", "change"), False), (("evaluate",), False)])
async def test_it_is_a_right_of_its_own(bob: User, openai: ScriptedOpenAI, rights: tuple[str, ...], may: bool) -> None:
    codenames = [f"{right}_systemprompt" for right in rights]
    bob.is_staff = True
    await bob.asave()
    await bob.user_permissions.aset([one async for one in Permission.objects.filter(codename__in=codenames)])
    async with TrialSocket(bob) as socket:
        trial = await socket.attempt()
        if may:
            await socket.until("ended", trial=trial)
        else:
            assert (await socket.next_error())["code"] == "forbidden"
    assert len(openai.streams) == may


async def test_users_who_are_no_staff_may_not_whatever_their_permissions(bob: User, openai: ScriptedOpenAI) -> None:
    await bob.user_permissions.aset([one async for one in Permission.objects.all()])
    async with TrialSocket(bob) as socket:
        await socket.attempt()
        assert (await socket.next_error())["code"] == "forbidden"
    assert not openai.streams


async def test_a_budget_that_is_used_up_and_too_many_at_once_are_refused(
    admin: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trials, "MAX_RUNNING", 1)
    openai.script(Hold(gate := Gate()), Text("The sea."), Finish())
    async with TrialSocket(admin) as socket, TrialSocket(admin) as other:
        trial = await socket.attempt()
        await gate.reached()
        await other.attempt()
        assert (await other.next_error())["code"] == "too_many"
        gate.open()
        await socket.until("ended", trial=trial)
        await sync_to_async(limit)(counting=Counting.TRIALS, monthly_tokens=10)
        again = await other.attempt()
        error = await other.next_error()
        assert (error["id"], error["code"]) == (again, "limit")
        assert "budget of trials of prompts" in error["detail"] and error["resets"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"turns": []},
        {"turns": [{"role": "assistant", "text": "Hi"}]},
        {"turns": [{"role": "user", "text": "  "}]},
        {"turns": [{"role": "system", "text": "Hi"}]},
        {"turns": [7]},
        {"turns": [{"role": "user", "text": "x"}] * 401},
        {"turns": [{"role": "user", "text": "x" * 100_001}]},
        {"system": None},
        {"system": "x" * 200_001},
        {"model": "a\x00b"},
        {"model": "x" * 201},
        {"parameters": {"temperature": 9}},
        {"parameters": {"unheard_of": 1}},
        {"parameters": []},
        {"variables": [{"name": "No Name"}]},
        {"examples": [{"role": "assistant", "text": "Hi"}]},
        {"values": ["x"]},
    ],
)
def test_what_makes_no_sense_is_refused_unasked(wrong: dict[str, object]) -> None:
    turns = [{"role": "user", "text": "Hello"}]
    fine = {"type": "try", "id": "5b0a3e0e-3f0c-4c52-9d0e-7a4a7a1c2f11", "system": "", "model": "", "parameters": {}, "turns": turns}
    trial_frames.parse(json.dumps(fine))
    with pytest.raises(command_frames.BadFrame):
        trial_frames.parse(json.dumps({**fine, **wrong}))


async def test_all_that_a_wording_holds_is_sent_as_in_a_conversation(admin: User, openai: ScriptedOpenAI) -> None:
    wording: dict[str, Any] = {
        "system": "You speak {{ language }} with {{ user.name }}.",
        "variables": [{"name": "language", "type": "choice", "choices": ["French", "Dutch"], "required": True}],
        "examples": [{"role": "user", "text": "Hi"}, {"role": "assistant", "text": "In {{ language }}: hi"}],
        "output_schema": {"type": "object", "properties": {"hi": {"type": "string"}}},
    }
    async with TrialSocket(admin) as socket:
        await socket.until("ended", trial=await socket.attempt(**wording, values={"language": "Dutch"}))
        for values in ({}, {"language": "Latin"}):
            await socket.attempt(**wording, values=values)
            assert "anguage" in (await socket.next_error())["detail"]
        await socket.attempt(system="{{ unheard_of }}")
        assert "unheard_of" in (await socket.next_error())["detail"]
        await socket.until("ended", trial=await socket.attempt(system="As {{ it }} is.", template=False))
    filled, as_it_is = openai.streams
    assert filled.system == "You speak Dutch with admin."
    assert [one["content"] for one in filled.body["messages"][1:]] == ["Hi", "In Dutch: hi", "What is a tide?"]
    assert filled.body["response_format"]["json_schema"]["schema"] == wording["output_schema"]
    assert as_it_is.system == "As {{ it }} is."
    assert "response_format" not in as_it_is.body


async def test_the_chat_s_commands_are_none_here_nor_these_there(admin: User, openai: ScriptedOpenAI) -> None:
    async with TrialSocket(admin) as socket, Socket(admin) as chat:
        await socket.command("send", text="Hello", conversation=None)
        assert (await socket.next_error())["code"] == "unknown_command"
        await chat.command("try", system="", model="", parameters={}, turns=[])
        assert (await chat.next_error())["code"] == "unknown_command"
        await socket.command("ping")
        await socket.until("pong")


async def test_the_documentation_s_examples_are_what_is_read_and_sent(admin: User, openai: ScriptedOpenAI) -> None:
    chapter = PAGE.partition("## Trials of prompts")[2].partition("\n## ")[0]
    command, told = (json.loads(example.partition("```")[0]) for example in chapter.split("```json")[1:])
    async with TrialSocket(admin) as socket:
        await socket.raw(json.dumps(command))
        end = await socket.until("ended", trial=command["id"])
    assert end.keys() == told.keys() and end["usage"].keys() == told["usage"].keys()
    assert {type(end[name]) for name in ("seconds", "attempts", "model")} == {type(told[name]) for name in ("seconds", "attempts", "model")}
    for name in trial_frames._FIELDS:
        assert f"`{name}`" in chapter
