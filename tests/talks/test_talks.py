"""A talk in speech is relayed to a provider that has such a model, and its turns are messages of the conversation, saved as any others."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import Mock

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.db import OperationalError

from conversations.commands import spoken
from conversations.generation.spoken_estimates import Read, read_for, stored
from conversations.models import (
    NANO,
    ApiKey,
    Attempt,
    Conversation,
    Limit,
    Message,
    MessageRate,
    Model,
    Provider,
    Reservation,
    SystemPrompt,
    User,
    text_part,
)
from conversations.models.messages import NOT_UNDERSTOOD, UNKNOWN_WORDS
from conversations.processes import recovery
from conversations.processes.supervisor import Supervisor
from conversations.processes.talks import MAX_ENDING_SECONDS
from conversations.routing import catalog
from conversations.usage.limits import in_force
from tests.support import scripted_openai
from tests.support.idle import stop_all, until_idle
from tests.support.loop_clock import LoopClock
from tests.support.scripted_openai import Answer, Finish, Gate, Raw, ScriptedOpenAI, Text
from tests.support.scripted_realtime import RATE_LIMIT, Fail, HangUp, Hold, Odd, Say, ScriptedRealtime, Silence, Step
from tests.support.socket_client import Socket, TalkSocket
from tests.support.talks import Talk

pytestmark = pytest.mark.django_db(transaction=True)
MODEL, SECRET = "gpt-realtime", "sk-talks-0123456789"

FarEnds = tuple[ScriptedRealtime, ScriptedRealtime]


@pytest.fixture
async def far_ends(openai: ScriptedOpenAI) -> AsyncIterator[FarEnds]:
    """Two providers that have the model, priced as OpenAI's; the first is preferred. A third one writes titles."""
    async with ScriptedRealtime() as near, ScriptedRealtime() as far:
        await sync_to_async(_stored)(near, far)
        yield near, far
        await stop_all()


def _stored(near: ScriptedRealtime, far: ScriptedRealtime) -> None:
    for name, server in (("Near", near), ("Far", far)):
        row = Provider.objects.create(name=name, base_url=server.base_url, priority=name == "Far", price_list="openai")
        Model.objects.create(provider=row, name=MODEL)
        Model.objects.create(provider=row, name="gpt-4o-mini-transcribe")
        key = ApiKey(provider=row, label="one")
        key.take(SECRET)
        key.save()
    catalog.forget()


async def messages() -> list[tuple[str, str, str]]:
    return [(one.role, one.text, one.status) async for one in Message.objects.order_by("id")]


async def ledger() -> list[tuple[str, str, str, str, int | None, int | None]]:
    """Provider, model, purpose, outcome, tokens of input and output, of all but titles."""
    rows = Attempt.objects.exclude(purpose="title").select_related("provider").order_by("id")
    return [
        (one.provider.name if one.provider else "", one.model, one.purpose, one.outcome, one.input_tokens, one.output_tokens)
        async for one in rows
    ]


@pytest.fixture(autouse=True)
def _nothing_is_known_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what asks the database amid a talk is noticed, not only after two seconds."""
    monkeypatch.setattr(catalog, "FRESH_SECONDS", 0.0)


async def turn_of(page: TalkSocket) -> dict[str, Any]:
    await page.say()
    return await page.until("turn")


async def test_turns_are_spoken_saved_and_priced(alice: User, far_ends: FarEnds) -> None:
    """A second talk goes on where the first one was."""
    near, far = far_ends
    prompt = await SystemPrompt.objects.acreate(slug="guide", name="Guide", voice="verse", voice_instructions="Slowly.")
    await sync_to_async(prompt.publish)(text="You show the mountain.")
    near.questions.extend(["How high is it?", "And how old?"])
    near.answers.extend([(Say("It is "), Say("high.")), (Say("Very old."),)])
    async with TalkSocket(alice) as page, Socket(alice) as tab:
        assert await page.talk(prompt="guide") == {"type": "talking", "conversation": None, "model": MODEL}
        turn = await turn_of(page)
        assert (await page.until("heard", final=True))["text"] == "How high is it?"
        await page.until("answered", reply=turn["reply"], problem=None)
        assert page.text(turn["reply"]) == "It is high."
        await tab.command("watch", conversation=turn["conversation"])
        second = await turn_of(page)
        await tab.until("finished", message=second["reply"], status="complete")
        assert tab.text(second["reply"]) == "Very old."
        await page.until("answered", reply=second["reply"])
    assert len(page.sound) == 3 * 2400
    await until_idle()
    assert await messages() == [
        ("user", "How high is it?", "complete"),
        ("assistant", "It is high.", "complete"),
        ("user", "And how old?", "complete"),
        ("assistant", "Very old.", "complete"),
    ]
    async with TalkSocket(alice) as page:
        await page.talk(turn["conversation"])
    first, again = near.sessions
    assert first.settings["instructions"] == "You show the mountain.\n\nHow you speak: Slowly."
    assert first.settings["audio"]["output"]["voice"] == "verse"
    assert first.settings["audio"]["input"]["transcription"] == {"model": "gpt-4o-mini-transcribe"}
    assert [event["response"]["max_output_tokens"] for event in first.events("response.create")] == [4096, 4096]
    told = [event["item"] for event in again.events("conversation.item.create")]
    assert [(one["role"], one["content"][0]["text"]) for one in told] == [message[:2] for message in await messages()]
    assert (near.requests[0].headers["authorization"], near.models, far.requests) == (f"Bearer {SECRET}", [MODEL] * 2, [])
    heard, said = ("Near", "gpt-4o-mini-transcribe", "audio", "ok", 20, 5), ("Near", MODEL, "audio", "ok", 200, 150)
    assert sorted(await ledger()) == sorted([heard, said] * 2)
    # $4 and $0.40 for read and cached text, $32 and $0.40 for heard and cached audio, $16 for text and $64 for audio that is made.
    dollars = (56 * 4 + 24 * 0.4 + 80 * 32 + 40 * 0.4 + 30 * 16 + 120 * 64) / 1e6
    cost = await Attempt.objects.filter(reply=turn["reply"]).aget()
    assert (cost.cost, cost.cached_tokens) == (round(dollars * NANO), 64)
    transcript = await Attempt.objects.filter(model="gpt-4o-mini-transcribe").afirst()
    assert transcript is not None and transcript.cost == round((20 * 3 + 5 * 5) / 1e6 * NANO)  # $3 for heard audio, $5 for text
    assert (transcript.kind, 600 <= (transcript.heard_ms or 0) <= 750) == ("transcripts", True)
    first_read, read = [read_for(one) async for one in Message.objects.filter(role="assistant").order_by("id")]
    assert 6 <= first_read.audio <= 7  # ten tokens a second
    assert (read.text, read.audio - 240 in (6, 7)) == (80 + 30, True), "What was read and said before is read again."
    conversation = await Conversation.objects.aget()
    assert conversation.title == "A fitting title"


async def test_another_provider_answers_while_nothing_was_heard(alice: User, far_ends: FarEnds) -> None:
    near, far = far_ends
    near.questions.append("Who is there?")
    near.answers.append((Fail(RATE_LIMIT),))
    far.answers.append((Say("I am."),))
    async with TalkSocket(alice) as page:
        await page.talk()
        turn = await turn_of(page)
        await page.until("reconnecting")
        await page.until("answered", reply=turn["reply"], problem=None)
    await until_idle()
    assert await messages() == [("user", "Who is there?", "complete"), ("assistant", "I am.", "complete")]
    [told] = far.sessions[0].events("conversation.item.create")
    assert told["item"]["content"] == [{"type": "input_text", "text": "Who is there?"}]
    answers = [row for row in await ledger() if row[1] == MODEL]
    assert answers == [("Near", MODEL, "audio", "rate_limit", None, None), ("Far", MODEL, "audio", "ok", 200, 150)]


@pytest.mark.parametrize("is_promised", [True, False], ids=["lost", "by another model"])
async def test_what_was_said_goes_along_as_sound_where_its_words_are_not_known(
    alice: User, far_ends: FarEnds, openai: ScriptedOpenAI, settings: Any, is_promised: bool
) -> None:
    """They are asked for of the model of dictation: at once where no session has a model that transcribes."""
    near, far = far_ends
    near.transcribes, settings.TRANSCRIPTION_MODEL, gate = False, "scripted-transcriber", Gate()
    if not is_promised:
        await Model.objects.filter(name="gpt-4o-mini-transcribe").adelete()
    said = {"text": "Who is there?", "usage": {"type": "tokens", "input_tokens": 7, "output_tokens": 4, "total_tokens": 11}}
    openai.queue(Answer(steps=(scripted_openai.Hold(gate), Raw(json.dumps(said).encode())), media_type="application/json"))
    near.answers.append((HangUp(),))
    async with TalkSocket(alice) as page:
        await page.talk()
        turn = await turn_of(page)
        await page.until("answered", reply=turn["reply"], problem=None)
        gate.open()
    await until_idle()
    [told] = far.sessions[0].events("conversation.item.create")
    assert [part["type"] for part in told["item"]["content"]] == ["input_audio"]
    assert (await messages())[0] == ("user", "Who is there?", "complete")


@pytest.mark.parametrize("end", [HangUp(), Fail(RATE_LIMIT)], ids=["session", "answer"])
async def test_an_answer_that_breaks_off_stays_and_the_talk_goes_on(alice: User, far_ends: FarEnds, end: Step) -> None:
    """With another session only where it was lost."""
    near, far = far_ends
    near.answers.append((Say("It is a"), end))
    async with TalkSocket(alice) as page:
        await page.talk()
        turn = await turn_of(page)
        assert (await page.until("answered", reply=turn["reply"]))["problem"]
        if isinstance(end, HangUp):
            await page.until("talking", conversation=turn["conversation"])
        second = await turn_of(page)
        await page.until("answered", reply=second["reply"], problem=None)
    await until_idle()
    assert [one[1:] for one in await messages()] == [
        ("What was said?", "complete"),
        ("It is a", "interrupted"),
        ("What was said?", "complete"),
        ("You said it.", "complete"),
    ]
    told = [event["item"]["role"] for session in far.sessions for event in session.events("conversation.item.create")]
    assert told == (["user", "assistant"] if isinstance(end, HangUp) else [])


async def test_who_speaks_interrupts(alice: User, far_ends: FarEnds) -> None:
    """The voice stops, the model learns what of it was heard, and so much of the answer stays, however much had come."""
    near, _ = far_ends
    gate = Gate()
    near.answers.append((Say("A long story of a mountain", seconds=0.5), Hold(gate), Say(" and the sea")))
    near.answers.append((Say("All of this was made at once.", seconds=0.5),))
    async with TalkSocket(alice) as page, Socket(alice) as tab:
        await page.talk()
        await turn_of(page)
        item = (await page.until("speaking"))["item"]
        await gate.reached()
        await page.say()
        await page.until("speech", state="begun")
        await page.command("played", item=item, milliseconds=300)
        await page.command("played", item=item, milliseconds=9_000)
        await page.command("played", item="another", milliseconds=1)
        second = await page.until("turn")
        item = (await page.until("speaking"))["item"]
        await page.until("answered", reply=second["reply"])
        await page.command("played", item=item, milliseconds=10)
        await tab.command("watch", conversation=second["conversation"])
        while not tab.ends or tab.text(second["reply"]) != "All":
            await tab.next()
        third = await turn_of(page)
        await page.until("answered", reply=third["reply"])
    await until_idle()
    assert [one[1:] for one in await messages()][1::2] == [
        ("A long story of a", "stopped"),
        ("All", "stopped"),
        ("You said it.", "complete"),
    ]
    assert [event["audio_end_ms"] for event in near.sessions[0].events("conversation.item.truncate")] == [300, 500, 10]
    assert [row[3:] for row in await ledger() if row[1] == MODEL] == [("stopped", 200, 150), ("ok", 200, 150), ("ok", 200, 150)]


async def test_a_page_that_vanishes_loses_nothing(alice: User, far_ends: FarEnds, monkeypatch: pytest.MonkeyPatch) -> None:
    near, _ = far_ends
    near.transcribes = False
    for name in ("talks.talk.LEAVING_SECONDS", "generation.spoken_answer.USAGE_SECONDS"):
        monkeypatch.setattr(f"conversations.{name}", 60)
    near.answers.append((Say("It is a"), Hold(Gate())))
    async with TalkSocket(alice) as page:
        await page.talk()
        await turn_of(page)
        await page.until("caption")
    clock = LoopClock(monkeypatch)
    async with asyncio.timeout(30):
        while not [row for row in await ledger() if row[1] == MODEL]:  # noqa: ASYNC110  (until the provider has said what the answer took)
            await asyncio.sleep(0.01)
    clock.passed += 60  # what the user said never comes
    await until_idle()
    assert await messages() == [("user", NOT_UNDERSTOOD, "complete"), ("assistant", "It is a", "stopped")]
    assert len(near.sessions[0].events("response.cancel")) == 1
    assert [row[3:] for row in await ledger() if row[1] == MODEL] == [("stopped", 200, 150)]


async def test_an_answer_is_stopped_in_another_tab(alice: User, far_ends: FarEnds) -> None:
    """What of it is on its way still is not heard."""
    near, _ = far_ends
    near.answers.append((Say("It is a"), Hold(Gate())))
    async with TalkSocket(alice) as page, Socket(alice) as tab:
        await page.talk()
        turn = await turn_of(page)
        await page.until("caption")
        await tab.command("stop", message=turn["reply"])
        await page.until("answered", reply=turn["reply"])
        second = await turn_of(page)
        await page.until("answered", reply=second["reply"])
    assert len(near.sessions[0].events("response.cancel")) == 1
    assert len(page.sound) == 3 * 2400


ODD: list[dict[str, Any]] = [
    {"type": "response.output_audio.delta", "delta": "no Base64!", "item_id": "a"},
    {"type": "response.output_audio.delta", "delta": 7, "item_id": ["a"], "response_id": {}},
    {"type": "response.output_audio.delta"},
    {"type": "response.output_audio_transcript.delta", "delta": None},
    {"type": "response.created", "response": "none"},
    {"type": "response.done", "response": None},
    {"type": "response.done", "response": {"id": "another", "status": "failed", "status_details": []}},
    {"type": "conversation.item.input_audio_transcription.completed", "item_id": 3, "transcript": {}},
    {"type": "conversation.item.input_audio_transcription.failed"},
    {"type": "conversation.item.input_audio_transcription.later", "item_id": "item_1"},
    {"type": "input_audio_buffer.speech_stopped"},
    {"type": "error", "error": {"code": ["a"], "event_id": ["b"], "message": {}}},
    {"type": "of the future", "delta": 1},
]


async def test_events_that_are_not_as_documented_harm_nothing(alice: User, far_ends: FarEnds) -> None:
    near, _ = far_ends
    near.answers.append((Say("One. "), *map(Odd, ODD), Say("Two.")))
    near.answers.append(
        (Odd({"type": "response.done", "response": {"status": ["a"], "usage": {"input_tokens": -1}, "status_details": 1}}),)
    )
    near.answers.append((Say("Three."), Odd({"type": "error", "error": "what"}), Hold(Gate())))
    problems = []
    async with TalkSocket(alice) as page:
        await page.talk()
        for _ in range(4):
            turn = await turn_of(page)
            problems.append((await page.until("answered", reply=turn["reply"]))["problem"])
    await until_idle()
    assert [bool(problem) for problem in problems] == [False, False, True, False]
    answers = [("One. Two.", "complete"), ("", "complete"), ("Three.", "interrupted"), ("You said it.", "complete")]
    assert [one[1:] for one in await messages()][1::2] == answers
    assert len(near.sessions) == len(near.sessions[0].events("response.cancel")) == 1  # what broke off is not spoken on


async def test_a_provider_that_says_nothing_is_left(alice: User, far_ends: FarEnds) -> None:
    near, far = far_ends
    await Provider.objects.filter(name="Near").aupdate(first_token_seconds=1)
    catalog.forget()
    near.answers.append((Silence(),))
    async with TalkSocket(alice) as page:
        await page.talk()
        turn = await turn_of(page)
        await page.until("answered", reply=turn["reply"], problem=None)
    assert (len(near.sessions), len(far.sessions)) == (1, 1)


async def test_one_that_refuses_is_passed_over_and_the_last_one_is_told_of(alice: User, far_ends: FarEnds) -> None:
    near, far = far_ends
    near.refusals.append((429, {"error": {"code": "insufficient_quota", "message": "You exceeded your current quota."}}))
    async with TalkSocket(alice) as page:
        await page.talk()
    far.session_error = {"type": "invalid_request_error", "code": "invalid_value", "message": "Invalid voice."}
    async with TalkSocket(alice) as page:
        await page.command("talk", conversation=None)
        ended = await page.until("ended")
        assert (ended["code"], await page.closed_with()) == ("provider", 1000)
    await until_idle()
    assert [row[0::3][:2] for row in await ledger()] == [("Near", "quota"), ("Far", "request")]


async def test_no_turn_begins_in_a_process_that_is_about_to_end(alice: User, far_ends: FarEnds, process: Supervisor) -> None:
    async with TalkSocket(alice) as page:
        await page.talk()
        process.is_draining = True
        await page.say()
        assert (await page.until("ended"))["code"] == "draining"
    async with TalkSocket(alice) as page:
        await page.command("talk", conversation=None)
        assert (await page.next_error())["code"] == "draining"
    assert await messages() == []


@pytest.mark.parametrize("transcriber", ["answers", "hangs"])
async def test_a_server_that_ends_keeps_what_was_said(
    alice: User,
    far_ends: FarEnds,
    openai: ScriptedOpenAI,
    process: Supervisor,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    transcriber: str,
) -> None:
    """What a session has not told yet is asked for of the model of dictation, and waited for. The page is to come back."""
    near, _ = far_ends
    near.transcribes, settings.TRANSCRIPTION_MODEL, gate = False, "scripted-transcriber", Gate()
    monkeypatch.setattr("conversations.talks.talk.LEAVING_SECONDS", 0.05)
    monkeypatch.setattr("conversations.generation.spoken_answer.USAGE_SECONDS", 8)  # less than a drain waits for it
    openai.queue(Answer(steps=(scripted_openai.Hold(gate), Raw(b'{"text": "Who is there?"}')), media_type="application/json"))
    near.answers.append((Say("It is a"), Hold(Gate())))
    async with TalkSocket(alice) as page:
        await page.talk()
        await turn_of(page)
        await page.until("caption")
        clock = LoopClock(monkeypatch)
        ending = asyncio.ensure_future(process.drain(0))
        await gate.reached()
        if transcriber == "answers":
            gate.open()
        else:
            clock.passed += MAX_ENDING_SECONDS
        await ending
        assert await page.closed_with() == 1012
    gate.open()
    said = "Who is there?" if transcriber == "answers" else NOT_UNDERSTOOD
    assert await messages() == [("user", said, "complete"), ("assistant", "It is a", "interrupted")]
    assert [row[3:] for row in await ledger() if row[1] == MODEL] == [("lost", 200, 150)]


async def test_what_a_dead_process_was_told_is_kept_and_is_not_taken_over(alice: User, process: Supervisor) -> None:
    """The sound of what was said is lost with it: where its words weren't known yet, the message says so."""
    conversation = await Conversation.objects.acreate(owner=alice, title="A talk", updated=alice.date_joined)
    of = {"conversation": conversation, "owner": alice}
    question = await Message.objects.acreate(**of, role="user", parts=[text_part(UNKNOWN_WORDS)])
    lost = {"status": "streaming", "lease_holder": uuid.uuid4(), "lease_until": alice.date_joined}
    spoken_reply = {"role": "assistant", "model": MODEL, "parts": [text_part("It is a")], "parameters": stored(Read(100, 50))}
    reply = await Message.objects.acreate(**of, **spoken_reply, **lost, parent=question)
    async with Socket(alice) as tab:
        await tab.command("watch", conversation=conversation.pk)
        assert (await tab.until("message"))["message"]["parts"] == [text_part(NOT_UNDERSTOOD)]
    assert await messages() == [("user", NOT_UNDERSTOOD, "complete"), ("assistant", "It is a", "interrupted")]
    row = await Attempt.objects.aget(reply=reply)
    assert (row.outcome, row.purpose, row.kind, row.input_tokens, row.estimated) == ("lost", "audio", "talk", 150, True)


async def test_a_talk_that_cannot_be_given_up_leaves_no_other_reply_behind(
    alice: User, process: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reply that this process has claimed is taken for its own by all others, and must run."""
    conversation = await Conversation.objects.acreate(owner=alice, title="A talk", updated=alice.date_joined)
    of = {"conversation": conversation, "owner": alice, "role": "assistant", "model": MODEL, "lease_until": alice.date_joined}
    question = await Message.objects.acreate(conversation=conversation, owner=alice, role="user", parts=[text_part(UNKNOWN_WORDS)])
    told = {"parts": [text_part("It is a")], "parameters": stored(Read(100, 50)), "lease_holder": uuid.uuid4()}
    await Message.objects.acreate(**of, **told, status="streaming", parent=question)
    handed_over = await Message.objects.acreate(**of, status="pending", parent=question)
    taken: list[Message] = []
    monkeypatch.setattr(process, "take_over", taken.append)
    monkeypatch.setattr("conversations.processes.spoken_words.give_up", Mock(side_effect=OperationalError))
    with pytest.raises(OperationalError):
        await recovery.recover(process, await database_sync_to_async(recovery.lost_in)(process.registry, conversation.pk))
    assert taken == [handed_over]


async def test_strangers_have_no_part_in_it(alice: User, bob: User, far_ends: FarEnds) -> None:
    near, _ = far_ends
    conversation = await Conversation.objects.acreate(owner=alice, title="Hers", updated=alice.date_joined)
    async with TalkSocket(bob) as page:
        await page.command("talk", conversation=conversation.pk)
        assert (await page.next_error())["code"] == "not_found"
        await page.say()
    signed_out, elsewhere = await TalkSocket(None).open(), await TalkSocket(alice, origin="https://evil.example").open()
    assert (await signed_out.closed_with(), await elsewhere.closed_with()) == (4401, 4403)
    assert near.requests == []


async def test_it_can_be_switched_off(alice: User, far_ends: FarEnds, settings: Any) -> None:
    prompt = await SystemPrompt.objects.acreate(slug="mute", name="Mute", switched_off=["speech_to_speech"])
    await sync_to_async(prompt.publish)(text="Be brief.")
    async with TalkSocket(alice) as page:
        await page.command("talk", conversation=None, prompt="mute")
        assert (await page.next_error())["code"] == "turns"
        settings.SPEECH_TO_SPEECH = False
        await page.command("talk", conversation=None)
        assert (await page.next_error())["code"] == "turns"


async def test_there_are_so_many_and_they_last_so_long(
    alice: User, far_ends: FarEnds, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REALTIME_PER_USER, settings.REALTIME_IDLE_SECONDS, clock = 1, 300, LoopClock(monkeypatch)
    async with TalkSocket(alice) as page, TalkSocket(alice) as another:
        await page.talk()
        await another.command("talk", conversation=None)
        assert (await another.until("ended"))["code"] == "too_many"
        clock.passed += 300
        assert (await page.until("ended"))["code"] == "idle"
    settings.REALTIME_MINUTES = 5  # as long as it may be idle, and begun before
    async with TalkSocket(alice) as page:
        await page.talk()
        clock.passed += 300
        assert (await page.until("ended"))["code"] == "time"


async def test_a_budget_bounds_each_answer_and_ends_the_talk(alice: User, far_ends: FarEnds) -> None:
    near, _ = far_ends
    limit = await Limit.objects.acreate(person=alice, monthly_tokens=2_000)
    in_force.forget()
    async with TalkSocket(alice) as page, Socket(alice) as tab:
        await page.talk()
        turn = await turn_of(page)
        await tab.command("watch", conversation=turn["conversation"])
        await tab.until_ended(turn["reply"])
        bound = near.sessions[0].events("response.create")[0]["response"]["max_output_tokens"]
        assert 256 <= bound < 2_000
        assert not await Reservation.objects.aexists()
        await Limit.objects.filter(pk=limit.pk).aupdate(monthly_tokens=500)
        in_force.forget()
        await page.say()
        ended = await page.until("ended")
        assert (ended["code"], bool(ended["resets"])) == ("limit", True)
    async with TalkSocket(alice) as page:
        await page.command("talk", conversation=None)
        assert (await page.next_error())["code"] == "limit"


async def test_a_tab_that_begins_to_watch_learns_what_was_said_lately(alice: User) -> None:
    """It read the messages a moment before: what was transcribed in between was published before it watched."""

    def talked() -> tuple[Conversation, list[Message]]:
        talk, said = Talk(alice), []
        for text in ("Long ago", "Yes.", "Earlier", "No.", UNKNOWN_WORDS, "Perhaps."):
            said.append(talk.say(text, said[-1] if said else None))
        Message.objects.filter(role="assistant").update(parameters=stored(Read(1, 1)))
        talk.conversation.leaf = said[-1]
        talk.conversation.save()
        return talk.conversation, said

    conversation, said = await sync_to_async(talked)()

    async def told(after: int) -> list[tuple[str, str]]:
        await tab.command("watch", conversation=conversation.pk)
        await tab.command("ping")
        await tab.until("pong")
        frames = [frame["message"] for frame in tab.frames[after:] if frame["type"] == "message"]
        return [(frame["id"], frame["parts"][0]["text"]) for frame in frames]

    async with Socket(alice) as tab:
        earlier = (str(said[2].pk), "Earlier")
        assert await told(0) == [earlier]
        await sync_to_async(spoken.understood)(said[4].pk, alice.pk, "Just now")
        assert await told(len(tab.frames)) == [earlier, (str(said[4].pk), "Just now")]


async def test_a_limit_that_lasts_seconds_ends_no_talk(alice: User, far_ends: FarEnds) -> None:
    await Limit.objects.acreate(person=alice, messages_per_minute=1)
    in_force.forget()
    async with TalkSocket(alice) as page:
        await page.talk()
        turn = await turn_of(page)
        await page.until("answered", reply=turn["reply"], problem=None)
        await page.say()
        assert "a minute" in (await page.until("answered", reply=None))["problem"]
        await MessageRate.objects.all().adelete()  # the minute is over
        second = await turn_of(page)
        await page.until("answered", reply=second["reply"], problem=None)
    await until_idle()
    assert len(await messages()) == 4


async def test_what_broke_off_goes_on_in_writing(alice: User, far_ends: FarEnds, openai: ScriptedOpenAI) -> None:
    near, _ = far_ends
    near.answers.append((Say("It is a very long story"), Hold(Gate())))
    async with TalkSocket(alice) as page, Socket(alice) as tab:
        await page.talk()
        turn = await turn_of(page)
        await page.until("caption")
        await tab.command("watch", conversation=turn["conversation"])
        await tab.command("stop", message=turn["reply"])
        await tab.until("finished", message=turn["reply"], status="stopped")
        openai.queue(Answer(steps=(Text("a very long story, and true."), Finish())))
        await tab.command("continue", message=turn["reply"])
        await tab.until("finished", message=turn["reply"], status="complete")
    assert openai.streams[-1].body["model"] == "scripted-model"
