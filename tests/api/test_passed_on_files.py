"""What brings files, or comes as pictures and text of recordings, is counted by its own units."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient

from conversations.api import bodies, urls
from conversations.management import large_requests
from conversations.models import Attempt, Model, User
from conversations.routing import catalog
from tests.support.api import Headers, error_of, headers_of
from tests.support.limits import DOLLAR
from tests.support.scripted_openai import Answer, Event, failure, transcript
from tests.support.two_providers import MODEL, Providers

PICTURE = {"data": [{"b64_json": "aGk="}], "usage": {"input_tokens": 9, "output_tokens": 272}}


@pytest.fixture
async def headers(alice: User) -> Headers:
    return await sync_to_async(headers_of)(alice)


async def can(**columns: bool) -> None:
    await Model.objects.all().aupdate(input_price=1000, output_price=1000, **columns)
    catalog.forget()


async def post(headers: Headers, path: str, body: Any, **how: Any) -> Any:
    return await AsyncClient().post(f"/v1/{path}", body, headers=headers, **how)


@pytest.mark.django_db(transaction=True)
async def test_pictures_are_counted_by_their_tokens(headers: Headers, providers: Providers) -> None:
    await can(draws=True)
    providers.near.queue(Answer(body=PICTURE))
    response = await post(headers, "images/generations", {"model": MODEL, "prompt": "A sloop"}, content_type="application/json")
    assert response.json() == PICTURE
    form = {"model": MODEL, "prompt": "A flag", "n": "2", "image": SimpleUploadedFile("one.png", b"PNG" * 9, "image/png")}
    providers.near.queue(*[failure(500)] * 20)
    providers.far.queue(Answer(body={"data": [{"b64_json": "aGk="}, {"b64_json": "aGk="}]}))
    response = await post(headers, "images/edits", form)
    assert response.status_code == 200 and providers.far.requests[-1].body["image"].content == b"PNG" * 9, "whole, though sent before"
    told, *_, estimated = [row async for row in Attempt.objects.order_by("id")]
    assert (told.input_tokens, told.output_tokens, told.estimated, told.cost) == (9, 272, False, 281 * DOLLAR // 1000)
    assert estimated.outcome == "ok" and estimated.estimated and estimated.output_tokens == 2 * 1584
    without = await post(headers, "images/edits", {"model": MODEL, "prompt": "A flag"})
    assert (without.status_code, error_of(without)["param"]) == (400, "image")


@pytest.mark.django_db(transaction=True)
async def test_recordings_are_counted_as_they_are_told(headers: Headers, providers: Providers) -> None:
    await can(transcribes=True)
    recording = SimpleUploadedFile("said.wav", b"RIFF\0\0\0\0WAVE" + b"fmt " * 9_997, "audio/wav")
    providers.near.queue(transcript("Said.", type="tokens", input_tokens=20, output_tokens=4), Answer(body="Said, in plain text."))
    assert (await post(headers, "audio/transcriptions", {"model": MODEL, "file": recording})).json()["text"] == "Said."
    recording.seek(0)
    plain = await post(headers, "audio/transcriptions", {"model": MODEL, "file": recording, "response_format": "text"})
    assert (plain.headers["Content-Type"], plain.content) == ("text/plain; charset=utf-8", b"Said, in plain text.")
    told, estimated = [row async for row in Attempt.objects.order_by("id")]
    assert (told.input_tokens, told.output_tokens, told.cost, told.characters) == (20, 4, 24 * DOLLAR // 1000, 5)
    assert (estimated.input_tokens, estimated.estimated) == (60, True), "six seconds at most"
    providers.near.queue(Answer(body="Said, in plain text."))
    renamed = SimpleUploadedFile("said.wav", b"OggS" * 10_000, "audio/wav")
    await post(headers, "audio/transcriptions", {"model": MODEL, "file": renamed, "response_format": "text"})
    longer = await Attempt.objects.order_by("id").alast()
    assert longer is not None and longer.input_tokens == 540, "what is in it counts, and not what it is called"
    silent = await post(headers, "audio/transcriptions", {"model": MODEL, "file": SimpleUploadedFile("said.wav", b"")})
    assert (silent.status_code, error_of(silent)["param"]) == (400, "file")
    for body, kind in ((b"{}", "application/json"), (b"--x\r\nnothing", "multipart/form-data; boundary=y")):
        wrong = await AsyncClient().generic("POST", "/v1/audio/transcriptions", body, kind, headers=headers)
        assert wrong.status_code == 400 and error_of(wrong)


@pytest.mark.django_db(transaction=True)
async def test_a_stream_that_breaks_off_is_counted(headers: Headers, providers: Providers) -> None:
    await can(transcribes=True)
    providers.near.script(Event({"type": "transcript.text.delta", "delta": "Sa"}))
    form = {"model": MODEL, "stream": "true", "file": SimpleUploadedFile("said.mp3", b"ID3" * 10_000)}
    response = await post(headers, "audio/transcriptions", form)
    events = b"".join([piece async for piece in response.streaming_content]).split(b"\n\n")
    assert events[0] == b'event: transcript.text.delta\ndata: {"type":"transcript.text.delta","delta":"Sa"}'
    assert orjson.loads(events[1].removeprefix(b"data: "))["error"]["code"] == "provider_interrupted"
    [row] = [row async for row in Attempt.objects.order_by("id")]
    assert (row.outcome, row.estimated, row.final) == ("interrupted", True, True)


def test_addresses_that_take_large_bodies_are_there(settings: Any) -> None:
    assert {f"v1/{pattern.pattern}" for pattern in urls.urlpatterns} >= bodies.LARGE - {"api/chat"}
    settings.SITE_PATH, settings.API_MAX_BODY_MB = "/chat/", 3
    largest = [
        large_requests.largest(uri) // bodies.MEGABYTE
        for uri in (b"/chat/v1/responses?x", b"/v1/responses", b"/chat/v1/prompts", b"/chat/api/chat")
    ]
    assert largest == [3, 2, 2, 3]


def test_of_the_room_for_large_bodies_a_user_has_half(settings: Any) -> None:
    settings.API_MAX_BODY_MB = 3
    alice, bob, carol = (uuid.uuid4() for _ in range(3))
    room = large_requests.LargeRequests()

    def refused(user: uuid.UUID, megabytes: int) -> int | None:
        refusal = room.take(user, megabytes * bodies.MEGABYTE)
        return refusal.status if refusal else None

    assert [refused(alice, 12), refused(alice, 1), refused(bob, 10), refused(carol, 3), refused(carol, 2)] == [None, 429, None, 503, None]
    room.give_back(alice, 12 * bodies.MEGABYTE)
    assert [refused(carol, 3), refused(alice, 9), refused(bob, 1)] == [None, None, 503]
