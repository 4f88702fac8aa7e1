"""A sentence that is read aloud comes back as its text: one server really speaks and another really transcribes, behind each way to both."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient
from django.utils import timezone

from conversations.files import storing
from conversations.generation.file_transcripts import transcribe_file
from conversations.models import ApiKey, Conversation, FileState, Job, Message, Model, Provider, User, text_part
from conversations.models.messages import Role
from conversations.providers import clients
from conversations.routing import catalog
from tests.support import jobs, voices
from tests.support.api import content_of, headers_of
from tests.support.idle import stop_all

SENTENCE = "The blue whale sings below the quiet sea."
VOICE, EARS = "hibari", "whisper-tiny"


class Servers(NamedTuple):
    speaker: str
    transcriber: str


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    voices.require()
    with ExitStack() as stack:
        transcriber = stack.enter_context(voices.transcriber(tmp_path_factory.mktemp("transcriber")))
        yield Servers(stack.enter_context(voices.speaker()), transcriber)


@pytest.fixture
async def asked(db: None, servers: Servers) -> AsyncIterator[None]:
    """Both as an administrator would add them."""
    await sync_to_async(_store)(VOICE, servers.speaker, speaks=True)
    await sync_to_async(_store)(EARS, servers.transcriber, transcribes=True)
    catalog.forget()
    yield
    await stop_all()
    await clients.close_all()


def _store(name: str, address: str, **does: bool) -> None:
    provider = Provider.objects.create(name=name, base_url=address)
    Model.objects.create(provider=provider, name=name, **does)
    key = ApiKey(provider=provider, label="only")
    key.take("sk-not-asked-for-0123456789")
    key.save()


def words(text: str) -> list[str]:
    """Without punctuation, which is the transcriber's own."""
    return re.findall(r"[a-z]+", text.lower())


async def spoken(user: User) -> bytes:
    """What a program has read aloud."""
    headers = await sync_to_async(headers_of)(user)
    asked = {"model": VOICE, "input": SENTENCE, "voice": "heart", "response_format": "wav"}
    response = await AsyncClient().post("/v1/audio/speech", asked, content_type="application/json", headers=headers)
    assert response.status_code == 200, response.content
    return await content_of(response)


@pytest.mark.django_db(transaction=True)
async def test_programs_have_a_sentence_spoken_and_get_its_text_back(alice: User, asked: None) -> None:
    recording = SimpleUploadedFile("said.wav", await spoken(alice), "audio/wav")
    headers = await sync_to_async(headers_of)(alice)
    response = await AsyncClient().post("/v1/audio/transcriptions", {"model": EARS, "file": recording}, headers=headers)
    assert words(response.json()["text"]) == words(SENTENCE)


@pytest.mark.django_db(transaction=True)
async def test_an_answer_that_is_read_aloud_is_understood_as_it_is_dictated(alice: User, asked: None) -> None:
    conversation = await Conversation.objects.acreate(owner=alice, title="Whales", updated=timezone.now())
    parts = [text_part(f"## Whales\n\n**{SENTENCE}**")]
    answer = await Message.objects.acreate(conversation=conversation, owner=alice, role=Role.ASSISTANT, parts=parts)
    browser = AsyncClient()
    await browser.aforce_login(alice)
    address = f"/c/{conversation.pk}/messages/{answer.pk}/speech/"
    [_, (start, end, _)] = (await browser.get(address)).json()["passages"]
    assert (await browser.post(f"{address}{start}-{end}/")).status_code == 201
    heard = await browser.get(f"{address}{start}-{end}/")
    dictated = await browser.post("/transcriptions/", await content_of(heard), content_type=heard.headers["Content-Type"])
    assert words(dictated.json()["text"]) == words(SENTENCE)


@pytest.mark.django_db(transaction=True)
async def test_an_uploaded_recording_has_its_words(alice: User, asked: None, tmp_path: Path) -> None:
    (path := tmp_path / "whale.wav").write_bytes(await spoken(alice))
    file = await sync_to_async(storing.store)(alice, path, path.name, transcribe=transcribe_file)
    job = await Job.objects.aget(kind=transcribe_file.kind)
    assert await sync_to_async(jobs.run, thread_sensitive=False)(job) == "It was transcribed."
    await file.arefresh_from_db()
    assert (file.state, file.text[:8]) == (FileState.READY, "[00:00] ")
    assert words(file.text) == words(SENTENCE)
