"""An answer is read aloud by a provider, passage by passage, with failover, ledger and budgets as text, and kept for the next listening."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import AsyncClient
from django.utils import timezone

from conversations.files.sweeping import sweep_files
from conversations.models import (
    Attempt,
    Conversation,
    Limit,
    Message,
    Model,
    Purpose,
    Reservation,
    Sound,
    SoundClaim,
    SoundUse,
    Status,
    SystemPrompt,
    User,
    text_part,
)
from conversations.models.messages import Role
from conversations.pages import speech
from conversations.routing import catalog, offered
from conversations.speech import claimed, making
from conversations.speech.kept_sounds import sweep_sounds
from conversations.speech.voices import Voice
from conversations.usage.limits import in_force
from tests.support import jobs
from tests.support.scripted_openai import Answer, Gate, Hangup, Hold, Raw, ScriptedOpenAI, failure, sound
from tests.support.scripted_openai.script import SOUND_FRAME
from tests.support.two_providers import MODEL, Providers

pytestmark = pytest.mark.django_db(transaction=True)
ANSWER = "## The sky\n\nIt is **blue**.\n\n```python\nprint(1)\n```\n"
SKY = (3, 11)
REST = (12, len(ANSWER))
SOUND = SOUND_FRAME * 11


@pytest.fixture
async def speaking(providers: Providers) -> Providers:
    """Both providers have a model that speaks, under the name of the one that answers."""
    await Model.objects.filter(name=MODEL).aupdate(speaks=True)
    catalog.forget()
    return providers


@pytest.fixture
async def answer(alice: User) -> Message:
    conversation = await Conversation.objects.acreate(owner=alice, title="The sky", updated=timezone.now())
    return await Message.objects.acreate(conversation=conversation, owner=alice, role=Role.ASSISTANT, parts=[text_part(ANSWER)])


class Listener:
    """A user's browser."""

    def __init__(self, user: User, answer: Message) -> None:
        self.client, self.user, self.message_id = AsyncClient(), user, answer.pk
        self.address = f"/c/{answer.conversation_id}/messages/{answer.pk}/speech/"

    async def signed_in(self) -> Listener:
        await self.client.aforce_login(self.user)
        return self

    async def passages(self, **query: int) -> dict[str, Any]:
        return (await self.client.get(self.address, query)).json()

    async def asks(self, passage: tuple[int, int]) -> tuple[int, str]:
        response = await self.client.post(f"{self.address}{passage[0]}-{passage[1]}/")
        return response.status_code, response.json()["detail"] if response.status_code not in (201, 204, 404) else ""

    async def sound(self, passage: tuple[int, int], **headers: str) -> Any:
        return await self.client.get(f"{self.address}{passage[0]}-{passage[1]}/", headers=headers)

    async def hears(self, passage: tuple[int, int], **headers: str) -> tuple[int, bytes, str]:
        response = await self.sound(passage, **headers)
        if not response.streaming:
            return response.status_code, response.content, response.headers["content-type"]
        content = b"".join([piece async for piece in response])
        return response.status_code, content, response.headers["content-type"]


@pytest.fixture
async def listener(alice: User, answer: Message) -> Listener:
    return await Listener(alice, answer).signed_in()


async def ledger() -> list[Attempt]:
    return [attempt async for attempt in Attempt.objects.order_by("id")]


async def test_a_passage_is_asked_for_once_and_kept(alice: User, listener: Listener, openai: ScriptedOpenAI, settings: Any) -> None:
    settings.SPEECH_MODEL, settings.SPEECH_INSTRUCTIONS, settings.SPEECH_SPEED = "tts-1", "Calmly.", 1.25
    told = await listener.passages()
    assert told == {"passages": [[*SKY, "The sky"], [*REST, "It is blue.\nSome code."]], "running": False}
    assert (await listener.passages(after=12))["passages"] == told["passages"][1:]
    assert (await listener.hears(REST))[0] == 404  # it wasn't asked for
    openai.sounds.append(sound())
    assert await listener.asks(REST) == (201, "")
    assert await listener.hears(REST) == (200, SOUND, "audio/mpeg")
    asked = openai.requests[-1]
    assert (asked.path, asked.body) == (
        "/v1/audio/speech",
        {
            "model": "tts-1",
            "input": "It is blue.\nSome code.",
            "voice": "alloy",
            "response_format": "mp3",
            "speed": 1.25,
            "instructions": "Calmly.",
        },
    )
    assert await listener.asks(REST) == (204, "")
    assert [one.message_id async for one in SoundUse.objects.all()] == [listener.message_id]  # with which it goes
    assert await listener.hears(REST) == (200, SOUND, "audio/mpeg")
    assert await listener.hears(REST, Range="bytes=0-1") == (206, SOUND[:2], "audio/mpeg")
    assert len(openai.requests) == 1
    [row] = await ledger()
    assert (row.purpose, row.owner_id, row.outcome, row.final, row.model) == (Purpose.AUDIO, alice.pk, "ok", True, "tts-1")
    assert (row.kind, row.for_message, (row.passage_start, row.passage_end)) == ("speech", listener.message_id, REST)
    assert (row.spoken_characters, row.spoken_ms) == (22, 1466)
    assert (row.characters, row.input_tokens, row.output_tokens, row.estimated) == (22, 8 + 4, 33, True)
    storages["files"].delete(str((await Sound.objects.aget()).content))
    assert (await listener.hears(REST))[0] == 404
    assert await listener.asks(REST) == (201, "")  # it is made again
    settings.SPEECH_VOICE = "another"
    assert (await listener.hears(REST))[0] == 404


async def test_a_user_has_only_passages_of_their_own_answers_read(
    alice: User, bob: User, listener: Listener, answer: Message, speaking: Providers
) -> None:
    stranger = await Listener(bob, answer).signed_in()
    await listener.asks(SKY)
    assert (await listener.hears(SKY))[0] == 200
    assert (await stranger.client.get(stranger.address)).status_code == 404
    assert ((await stranger.asks(SKY))[0], (await stranger.hears(SKY))[0]) == (404, 404)
    assert (await listener.asks((3, 10)))[0] == 404
    signed_out = Listener(alice, answer)
    assert ((await signed_out.asks(SKY))[0], (await signed_out.hears(SKY))[0]) == (401, 401)
    question = await Message.objects.acreate(
        conversation_id=answer.conversation_id, owner=alice, role=Role.USER, parts=[text_part("Say this.")]
    )
    own = await Listener(alice, question).signed_in()
    assert (await own.asks((0, 9)))[0] == 404
    assert len(speaking.near.requests) == 1


async def test_it_is_heard_as_it_comes_and_made_to_its_end(listener: Listener, speaking: Providers) -> None:
    gate, other = Gate(), Gate()
    speaking.near.sounds.append(
        Answer(steps=(Raw(SOUND[:50]), Hold(gate), Raw(SOUND[50:]), Hold(other)), media_type="audio/mpeg", bytes_per_write=25)
    )
    assert await listener.asks(SKY) == (201, "")  # its beginning is there
    response = await listener.sound(SKY, Range="bytes=0-")
    stream = aiter(response)
    assert SOUND.startswith(await anext(stream))
    await gate.reached()
    await stream.aclose()  # the user stops listening
    for one in (gate, other):
        one.open()
    assert await listener.hears(SKY, Range="bytes=2-") == (206, SOUND[2:], "audio/mpeg")
    [row] = await ledger()
    assert (row.outcome, row.characters) == ("ok", 7)


@pytest.mark.every_database
async def test_what_another_process_is_having_read_is_waited_for_and_not_paid_for_twice(
    alice: User, bob: User, listener: Listener, speaking: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claimed, "RENEWED_SECONDS", 0.01)
    voice, gate = Voice(MODEL, "alloy", 1.0, ""), Gate()
    speaking.near.sounds.append(Answer(steps=(Hold(gate), Raw(SOUND)), media_type="audio/mpeg"))
    heard = []
    for user in (alice, alice, bob):
        making._running.clear()  # as another process sees it
        heard.append(making.make(voice, "The sky", user.pk))
        await gate.reached()
    until = (await SoundClaim.objects.aget()).until
    while (await SoundClaim.objects.aget()).until == until:  # noqa: ASYNC110  (it takes long, and is claimed all the while)
        await asyncio.sleep(0.01)
    gate.open()
    for one in heard:
        await one.over()
    assert [(one.failure, one.media_type, bytes(one.content)) for one in heard] == [(None, "audio/mpeg", SOUND)] * 3
    assert [row.owner_id for row in await ledger()] == [alice.pk]
    assert not await SoundClaim.objects.aexists()
    await SoundClaim.objects.acreate(key=voice.key("Blue"), until=timezone.now() - timedelta(seconds=1))  # of a process that was killed
    blue = making.make(voice, "Blue", bob.pk)
    await blue.over()
    assert (blue.failure, len(speaking.near.requests)) == (None, 2)


async def test_another_provider_reads_where_one_fails_before_anything_was_heard(listener: Listener, speaking: Providers) -> None:
    cut = Answer(steps=(Raw(SOUND[:200]), Hangup()), media_type="audio/mpeg")
    speaking.near.sounds.append(failure(500))
    speaking.far.sounds.append(cut)
    assert (await listener.asks(SKY))[0] == 201
    assert await listener.hears(SKY) == (200, SOUND, "audio/mpeg")
    rows = await ledger()
    assert [row.outcome for row in rows] == ["provider", "interrupted", "ok"]
    assert [row.output_tokens for row in rows] == [None, 11, 11]  # what broke off was asked for as a whole


async def test_it_is_told_that_what_was_heard_broke_off(listener: Listener, speaking: Providers) -> None:
    gate = Gate()
    speaking.near.sounds.append(Answer(steps=(Raw(SOUND[:200]), Hold(gate), Hangup()), media_type="audio/mpeg"))
    await listener.asks(SKY)
    response = await listener.sound(SKY)
    heard = b""
    async for piece in response:
        heard += piece
        gate.open()
    assert heard == SOUND[:200]
    assert (await listener.client.head(f"{listener.address}{SKY[0]}-{SKY[1]}/")).status_code == 404
    assert [row.outcome for row in await ledger()] == ["interrupted"]


@pytest.mark.parametrize(
    ("answered", "words", "outcome"),
    [
        (failure(429, "Slow down.", code="rate_limit_exceeded"), "too many requests", "rate_limit"),
        (failure(400, "Voice “x” is not supported.", param="voice"), "could not read this aloud", "request"),
        (Answer(media_type="audio/mpeg"), "internal error", "provider"),
        (Answer(body="<html>Welcome</html>"), "internal error", "provider"),
        (Answer(body={"error": {"message": "Overloaded", "code": "rate_limit_exceeded"}}), "too many requests", "rate_limit"),
    ],
)
async def test_what_a_provider_refuses_is_told_in_words(
    listener: Listener, speaking: Providers, settings: Any, answered: Answer, words: str, outcome: str
) -> None:
    settings.RETRY_SECONDS = 0.3
    for server in (speaking.near, speaking.far):
        server.sounds.extend([answered] * 40)
    status, told = await listener.asks(SKY)
    assert (status, words in told) == (502, True), told
    assert (await ledger())[-1].outcome == outcome
    assert (await listener.hears(SKY))[0] == 404


async def test_budgets_and_rates_count_what_is_read(
    alice: User, listener: Listener, speaking: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await Model.objects.filter(name=MODEL).aupdate(input_price=Decimal(1), output_price=Decimal(10))
    limit = await Limit.objects.acreate(person=alice, monthly_cost=Decimal("0.01"))
    in_force.forget()
    catalog.forget()
    assert (await listener.asks(SKY))[0] == 201
    await listener.hears(SKY)
    [row] = await ledger()
    assert row.cost == ((7 // 4 + 3) * 1 + 11 * 10) * 1000  # eleven tokens for seven bytes
    limit.monthly_cost = Decimal("0.0002")
    await limit.asave()
    in_force.forget()
    status, told = await listener.asks(REST)
    assert (status, "month" in told) == (429, True)
    assert not await Reservation.objects.aexists()
    assert (await listener.asks(SKY))[0] == 204  # it costs nothing any more
    monkeypatch.setattr(speech.RATE, "take", lambda _: False)
    assert await listener.asks(REST) == (429, "That was a lot of reading aloud. Try again in a few seconds.")
    assert len(speaking.near.requests) == 1


async def test_no_passage_is_begun_that_a_budget_has_room_for_in_part(
    alice: User, answer: Message, listener: Listener, speaking: Providers
) -> None:
    text = "word " * 60
    await Message.objects.filter(pk=answer.pk).aupdate(parts=[text_part(text)])
    await Limit.objects.acreate(person=alice, monthly_tokens=400)  # it takes some 530, most of it for the sound
    in_force.forget()
    assert (await listener.asks((0, len(text))))[0] == 429
    assert not speaking.near.requests


async def test_an_answer_that_is_being_written_has_the_passages_that_are_complete(answer: Message, listener: Listener) -> None:
    answer.status, answer.parts = Status.STREAMING, [text_part(ANSWER[:20])]
    await answer.asave()
    assert await listener.passages() == {"passages": [[*SKY, "The sky"]], "running": True}


async def test_an_assistant_has_a_voice_of_its_own(listener: Listener, answer: Message, speaking: Providers, settings: Any) -> None:
    settings.SPEECH_SPEED = 2.0
    prompt = await SystemPrompt.objects.select_related("published").aget(is_default=True)
    await Message.objects.filter(pk=answer.pk).aupdate(prompt_version=prompt.published)
    await SystemPrompt.objects.filter(pk=prompt.pk).aupdate(voice="coral", voice_instructions="In good\nspirits.")
    await listener.asks(SKY)
    body = speaking.near.requests[-1].body
    assert (body["voice"], body["speed"], body["instructions"]) == ("coral", 2.0, "In good spirits.")
    await SystemPrompt.objects.filter(pk=prompt.pk).aupdate(switched_off=["read_aloud"])
    assert ((await listener.asks(SKY))[0], (await listener.hears(SKY))[0]) == (404, 404)


async def test_a_model_that_speaks_is_offered_for_nothing_else(alice: User, listener: Listener, speaking: Providers, settings: Any) -> None:
    assert (await listener.client.get("/")).context["page"]["speaks"] is True
    assert offered.names() == []
    settings.READ_ALOUD = False
    assert (await listener.client.get("/")).context["page"]["speaks"] is False
    assert (await listener.asks(SKY))[0] == 404


def test_old_sounds_and_those_that_are_too_many_are_deleted(settings: Any) -> None:
    now, storage = timezone.now(), storages["files"]

    def kept(key: str, days: int, size: int) -> str:
        name = storage.save(f"ab/{key:0>32}", ContentFile(b"x"))
        Sound.objects.create(key=key, content=name, content_type="audio/mpeg", size=size, heard=now - timedelta(days=days))
        return name

    settings.SPEECH_CACHE_DAYS, settings.SPEECH_CACHE_MB = 30, 1
    names = [kept("1", 40, 10), kept("2", 20, 700_000), kept("3", 10, 700_000), kept("4", 5, 10)]
    settings.ORPHAN_FILE_HOURS = 0
    jobs.run(sweep_files.enqueue())
    assert all(storage.exists(name) for name in names)  # they have rows
    assert "2 deleted" in jobs.run(sweep_sounds.enqueue())
    assert [storage.exists(name) for name in names] == [False, False, True, True]
    assert list(Sound.objects.order_by("key").values_list("key", flat=True)) == ["3", "4"]
