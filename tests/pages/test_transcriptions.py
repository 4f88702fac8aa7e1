"""What is dictated becomes text by a provider, with failover, ledger and budgets as text; every refusal is told in words."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient, Client

from conversations.models import NANO, Attempt, Limit, Model, Provider, Purpose, Reservation, Spending, User
from conversations.pages import transcriptions
from conversations.routing import catalog, offered
from conversations.usage.limits import in_force, subject_names
from tests.support.scripted_openai import Answer, Gate, Hold, ScriptedOpenAI, failure, transcript
from tests.support.scripted_openai.received import UploadedFile
from tests.support.two_providers import MODEL, Providers

pytestmark = pytest.mark.django_db(transaction=True)
RECORDING = b"\x1aE\xdf\xa3 a recording" * 100
WEBM = "audio/webm;codecs=opus"


@pytest.fixture
async def transcribing(providers: Providers) -> Providers:
    """Both providers have a model that transcribes, under the name of the one that answers."""
    await Model.objects.filter(name=MODEL).aupdate(transcribes=True)
    catalog.forget()
    return providers


async def post(user: User | None, body: bytes = RECORDING, kind: str = WEBM) -> tuple[int, dict[str, Any]]:
    client = AsyncClient()
    if user is not None:
        await client.aforce_login(user)
    response = await client.post("/transcriptions/", body, content_type=kind)
    return response.status_code, response.json()


async def ledger() -> list[Attempt]:
    return [attempt async for attempt in Attempt.objects.order_by("id")]


async def test_a_recording_goes_to_the_provider_as_it_is(alice: User, openai: ScriptedOpenAI, settings: Any) -> None:
    settings.TRANSCRIPTION_MODEL = "gpt-transcribe"
    await Provider.objects.filter(origin="environment").aupdate(price_list="openai")
    openai.queue(transcript(" Read this, please: 3 o’clock. ", type="duration", seconds=30))
    assert await post(alice) == (200, {"text": "Read this, please: 3 o’clock."})
    asked = openai.requests[-1]
    assert (asked.path, asked.headers["authorization"]) == ("/v1/audio/transcriptions", "Bearer sk-test-0123456789")
    assert asked.body == {
        "model": "gpt-transcribe",
        "response_format": "json",
        "file": UploadedFile("dictation.webm", WEBM, RECORDING),
    }
    [row] = await ledger()
    assert (row.purpose, row.owner_id, row.outcome, row.final, row.model) == (Purpose.AUDIO, alice.pk, "ok", True, "gpt-transcribe")
    assert (row.characters, row.reply_id, row.kind) == (29, None, "transcripts")


async def test_safaris_recordings_are_named_as_such(alice: User, transcribing: Providers) -> None:
    assert (await post(alice, kind="audio/mp4"))[0] == 200
    assert transcribing.near.requests[-1].body["file"][:2] == ("dictation.mp4", "audio/mp4")


async def test_another_provider_transcribes_where_one_fails(alice: User, transcribing: Providers) -> None:
    transcribing.near.queue(*[failure(500)] * 20)
    transcribing.far.queue(transcript("It came.", type="tokens", input_tokens=100, output_tokens=4, total_tokens=104))
    assert await post(alice) == (200, {"text": "It came."})
    rows = await ledger()
    assert [row.outcome for row in rows][-1] == "ok"
    assert {row.outcome for row in rows[:-1]} == {"provider"}
    assert (rows[-1].input_tokens, rows[-1].output_tokens) == (100, 4)


@pytest.mark.parametrize(
    ("answer", "words", "outcome"),
    [
        (failure(401, "Incorrect API key provided.", code="invalid_api_key"), "did not accept the API key", "key"),
        (failure(400, "The audio file could not be decoded."), "could not read this recording", "request"),
        (
            failure(400, "audio duration 1600 seconds is longer than 1500", code="context_length_exceeded"),
            "too long for the model",
            "context",
        ),
        (Answer(body={"text": None}), "internal error", "provider"),
        (Answer(body=["text"]), "internal error", "provider"),
        (Answer(body="<html>Welcome</html>"), "internal error", "provider"),
        (Answer(body={"error": {"message": "Overloaded", "code": "rate_limit_exceeded"}}), "too many requests", "rate_limit"),
        (Answer(body={"text": "A" * 4_300_000}), "internal error", "provider"),
    ],
)
async def test_what_a_provider_refuses_is_told_in_words(
    alice: User, transcribing: Providers, settings: Any, answer: Answer, words: str, outcome: str
) -> None:
    settings.RETRY_SECONDS = 0.5
    for server in (transcribing.near, transcribing.far):
        server.queue(*[answer] * 40)
    status, told = await post(alice)
    assert (status, told["retry"]) == (502, True)
    assert words in told["detail"]
    assert (await ledger())[-1].outcome == outcome


async def test_nothing_is_asked_that_is_no_recording(alice: User, transcribing: Providers) -> None:
    assert (await post(None))[0] == 401
    assert await post(alice, b"") == (400, {"detail": "The recording is empty.", "retry": False, "by_itself": False})
    assert (await post(alice, kind="text/plain"))[0] == 415
    assert (await post(alice, kind="audio/webm;x=\x07"))[0] == 415
    status, told = await post(alice, b"A" * (transcriptions.MAX_BYTES + 1))
    assert (status, told["retry"]) == (413, False)
    assert "2,000,001 bytes" in told["detail"]
    assert not transcribing.near.requests


async def test_how_often_is_bounded(alice: User, transcribing: Providers) -> None:
    answered = [(await post(alice))[0] for _ in range(11)]
    assert answered == [200] * 10 + [429]


async def test_budgets_count_what_is_dictated(alice: User, transcribing: Providers, settings: Any) -> None:
    await Model.objects.filter(name=MODEL).aupdate(input_price=Decimal(1), output_price=Decimal(10))
    limit = await Limit.objects.acreate(person=alice, monthly_cost=Decimal("0.01"))
    in_force.forget()
    catalog.forget()
    transcribing.near.queue(transcript("One.", type="tokens", input_tokens=1000, output_tokens=100, total_tokens=1100))
    assert (await post(alice))[0] == 200
    [row] = await ledger()
    assert row.cost == (1000 * 1 + 100 * 10) * NANO // 1_000_000
    spent = await Spending.objects.aget(subject=subject_names.of_user(alice.pk))
    assert (spent.spent_cost, spent.reserved_cost) == (row.cost, 0)
    limit.monthly_cost = Decimal("0.002")
    await limit.asave()
    in_force.forget()
    status, told = await post(alice)
    assert (status, told["retry"]) == (429, True)
    assert "month" in told["detail"]
    assert len(transcribing.near.requests) == 1
    assert not await Reservation.objects.aexists()


async def test_who_leaves_is_in_the_ledger_as_stopped(alice: User, transcribing: Providers) -> None:
    gate = Gate()
    transcribing.near.queue(Answer(before_headers=(Hold(gate),), body={"text": "Too late."}))
    asking = asyncio.create_task(post(alice))
    await gate.reached()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    gate.open()
    [row] = await ledger()
    assert (row.outcome, row.final) == ("stopped", True)


async def test_a_model_that_transcribes_is_offered_for_nothing_else(
    alice: User, client: Client, transcribing: Providers, settings: Any
) -> None:
    @sync_to_async
    def page(path: str = "/") -> Any:
        client.force_login(alice)
        return client.get(path)

    response = await page()
    assert response.context["page"]["dictation"] == {"max_bytes": 2_000_000, "max_seconds": 600}
    assert response.headers["Permissions-Policy"] == "camera=(), geolocation=(), microphone=(self)"
    assert 'id="dictate"' in response.content.decode()
    assert "microphone=()" in (await page("/accounts/email/")).headers["Permissions-Policy"]
    settings.DICTATION = False
    response = await page()
    assert response.context["page"]["dictation"] is None
    assert "microphone=()" in response.headers["Permissions-Policy"]
    assert 'id="dictate"' not in response.content.decode()
    assert (await post(alice)) == (403, {"detail": "Dictation is switched off here.", "retry": False, "by_itself": False})
    assert await sync_to_async(offered.names)() == []
