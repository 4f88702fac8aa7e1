"""A mock of others, aimock, is asked for pictures, speech and transcripts as OpenAI is, and what it answers is understood."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient
from django.utils import timezone

from conversations.models import ApiKey, Attempt, Conversation, File, Message, Model, Provider, User, text_part
from conversations.models.messages import Role
from conversations.providers import clients
from conversations.routing import catalog
from tests.support.api import content_of, headers_of
from tests.support.client_process import ClientProcess
from tests.support.idle import stop_all
from tests.support.javascript_clients import javascript_clients
from tests.support.pictures import picture
from tests.support.recordings import wav
from tests.support.scripted_openai.script import SOUND_FRAME
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)
DRAWER, SPEAKER, EARS = "gpt-image-1", "tts-1", "whisper-1"
PICTURE, SOUND = picture(), SOUND_FRAME * 11
SAID = {"text": "A newt. Its tail.", "language": "en", "duration": 3, "segments": [{"id": 0, "start": 1, "end": 3, "text": "A newt."}]}
TOLD = {"pictures": {"sloop": b64encode(PICTURE).decode()}, "sounds": {"blue": b64encode(SOUND).decode()}, "transcription": SAID}


@pytest.fixture(scope="module")
def mock() -> Iterator[ClientProcess]:
    with javascript_clients("", "") as process:
        yield process


@pytest.fixture(scope="module")
def address(mock: ClientProcess) -> str:
    return str(mock.run("aimock", "serve", **TOLD))


@pytest.fixture
async def headers(alice: User, address: str) -> AsyncIterator[dict[str, str]]:
    """Of a program of alice's; the mock is the one provider."""
    await sync_to_async(_store)(address)
    yield await sync_to_async(headers_of)(alice)
    await stop_all()
    await clients.close_all()


def _store(address: str) -> None:
    provider = Provider.objects.create(name="aimock", base_url=address)
    for name, does in ((DRAWER, "draws"), (SPEAKER, "speaks"), (EARS, "transcribes")):
        Model.objects.create(provider=provider, name=name, **{does: True})
    key = ApiKey(provider=provider, label="only")
    key.take("sk-mock-0123456789")
    key.save()
    catalog.forget()


async def post(headers: dict[str, str], path: str, body: Any, **how: Any) -> Any:
    return await AsyncClient().post(f"/v1/{path}", body, headers=headers, **how)


async def test_pictures_are_made_in_a_conversation_and_for_programs(headers: dict[str, str], mock: ClientProcess, alice: User) -> None:
    async with Socket(alice) as socket:
        accepted = await socket.send("A sloop", picture={"model": DRAWER})
        await socket.until("finished", message=accepted["reply"], status="complete")
    file = await File.objects.aget(owner=alice)
    assert (file.width, file.height) == (96, 64)
    given = {"model": DRAWER, "prompt": "Another sloop", "image": SimpleUploadedFile("one.png", PICTURE, "image/png")}
    edited = await post(headers, "images/edits", given)
    assert edited.json()["data"][0]["b64_json"] == b64encode(PICTURE).decode()
    asked = [["/v1/images/generations", DRAWER, "A sloop"], ["/v1/images/edits", DRAWER, "Another sloop"]]
    assert [one for one in mock.run("aimock", "asked") if "/images/" in one[0]] == asked
    unknown = await post(headers, "images/generations", {"model": DRAWER, "prompt": "A newt"}, content_type="application/json")
    assert unknown.status_code == 400 and unknown.json()["error"]["message"]


async def test_an_answer_is_read_aloud_and_what_is_dictated_is_text(headers: dict[str, str], mock: ClientProcess, alice: User) -> None:
    conversation = await Conversation.objects.acreate(owner=alice, title="The sky", updated=timezone.now())
    parts = [text_part("It is blue.\n\nNo mock knows this one.")]
    answer = await Message.objects.acreate(conversation=conversation, owner=alice, role=Role.ASSISTANT, parts=parts)
    browser = AsyncClient()
    await browser.aforce_login(alice)
    speech = f"/c/{conversation.pk}/messages/{answer.pk}/speech/"
    [(*blue, _), (*unknown, _)] = (await browser.get(speech)).json()["passages"]
    assert (await browser.post(f"{speech}{blue[0]}-{blue[1]}/")).status_code == 201
    heard = await browser.get(f"{speech}{blue[0]}-{blue[1]}/")
    assert (heard.headers["Content-Type"], await content_of(heard)) == ("audio/mpeg", SOUND)
    refused = await browser.post(f"{speech}{unknown[0]}-{unknown[1]}/")
    assert refused.status_code == 502 and refused.json()["detail"].endswith(".")
    dictated = await browser.post("/transcriptions/", wav(0.5), content_type="audio/wav")
    assert dictated.json() == {"text": SAID["text"]}
    timed = {"model": EARS, "file": SimpleUploadedFile("said.wav", wav(0.5), "audio/wav"), "response_format": "verbose_json"}
    assert (await post(headers, "audio/transcriptions", timed)).json()["segments"][0]["start"] == 1
    spoken = {"model": SPEAKER, "input": "So blue.", "voice": "alloy"}
    sound = await post(headers, "audio/speech", spoken, content_type="application/json")
    assert await content_of(sound) == SOUND
    asked = {tuple(one) for one in mock.run("aimock", "asked") if "/audio/" in one[0]}
    assert {("/v1/audio/speech", SPEAKER, "It is blue."), ("/v1/audio/transcriptions", EARS, "")} <= asked
    assert {row.outcome async for row in Attempt.objects.filter(purpose="audio", final=True)} >= {"ok"}
