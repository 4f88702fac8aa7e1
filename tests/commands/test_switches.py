"""What is switched off, for the site or with a prompt, is refused in words wherever it is asked for, and given to no model."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from asgiref.sync import sync_to_async
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient, Client
from django.utils import timezone

from conversations.models import Conversation, File, SystemPrompt, User, switches
from tests.support.admin_pages import prompt_url, submit
from tests.support.api import program_of
from tests.support.files import stored_file, stored_image
from tests.support.pictures import DRAWER, offer
from tests.support.scripted_openai import Finish, ScriptedOpenAI, Text, transcript
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)

SETTINGS: dict[str, dict[str, Any]] = {
    "files": {"FILES_PER_MESSAGE": 0},
    "images": {"IMAGE_INPUT": False},
    "pictures": {"PICTURES": False},
    "dictation": {"DICTATION": False},
    "read_aloud": {"READ_ALOUD": False},
    "speech_to_speech": {"SPEECH_TO_SPEECH": False},
}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
DOCUMENT = {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="}}


@pytest.fixture
def sun(alice: User) -> File:
    return stored_image(alice)


@pytest.fixture
def words(alice: User) -> File:
    return stored_file(alice, b"One, two", "words.txt")


@sync_to_async
def switch_off(settings: Any, where: str, *names: str) -> None:
    if where == "prompt":
        SystemPrompt.objects.update(switched_off=list(names))
    for name in names if where == "site" else ():
        for setting, value in SETTINGS[name].items():
            setattr(settings, setting, value)


def test_each_has_a_setting_that_this_knows(settings: Any) -> None:
    assert set(SETTINGS) == set(switches.SWITCHES) and switches.off() == []
    for name, values in SETTINGS.items():
        for setting, value in values.items():
            setattr(settings, setting, value)
        assert name in switches.off()


@pytest.mark.parametrize("where", ["site", "prompt"])
async def test_files_and_pictures_are_refused_by_the_socket(
    alice: User, openai: ScriptedOpenAI, settings: Any, sun: File, words: File, where: str
) -> None:
    await sync_to_async(offer)(openai.base_url)
    await switch_off(settings, where, "images", "pictures")
    async with Socket(alice) as socket:

        async def refused(**fields: Any) -> str:
            await socket.command("send", conversation=None, text="What is it?", **fields)
            return str((await socket.next_error())["detail"])

        assert await refused(attachments=[str(sun.pk)]) == "Images can’t be sent here. Remove it to send the message."
        assert await refused(picture={"model": DRAWER}) == "Pictures can’t be made here."
        assert not openai.streams
        openai.script(Text("Two"), Finish())
        await socket.send("What is it?", attachments=[words.pk])
        await socket.until("finished")
        await switch_off(settings, where, "files")
        assert (await refused(attachments=[str(words.pk)])).startswith("Files can’t be sent here.")


async def test_what_was_attached_before_is_given_to_no_model(
    alice: User, openai: ScriptedOpenAI, settings: Any, sun: File, words: File
) -> None:
    openai.script(Text("I see"), Finish())
    openai.script(Text("Nothing"), Finish())
    async with Socket(alice) as socket:
        first = await socket.send("Look", attachments=[sun.pk, words.pk])
        await socket.until("finished")
        assert "One, two" in json.dumps(openai.streams[-1].body) and "data:image" in json.dumps(openai.streams[-1].body)
        await switch_off(settings, "prompt", "files", "images")
        await socket.send("What is on it?", conversation=first["conversation"])
        ended = await socket.until("finished")
    sent = json.dumps(openai.streams[-1].body)
    assert ("One, two" in sent, "data:image" in sent, sent.count("switched off here")) == (False, False, 2)
    assert ended["note"] == "The model wasn’t given 2 files: that is switched off here."


async def test_programs_are_refused(alice: User, openai: ScriptedOpenAI, settings: Any) -> None:
    program = await sync_to_async(program_of)(alice)

    async def asked(*parts: Any) -> Any:
        body = {"model": "pirate", "messages": [{"role": "user", "content": [*parts, {"type": "text", "text": "?"}]}]}
        return await AsyncClient().post("/v1/chat/completions", body, content_type="application/json", headers=program)

    await switch_off(settings, "prompt", "images")
    refused = await asked(IMAGE)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "switched_off")
    openai.script(Text("A file"), Finish())
    assert (await asked(DOCUMENT)).status_code == 200
    await switch_off(settings, "site", "files")
    assert (await asked(DOCUMENT)).status_code == 403


async def test_dictation_is_refused_by_what_the_server_knows_of_the_assistant(
    alice: User, bob: User, openai: ScriptedOpenAI, settings: Any
) -> None:
    settings.TRANSCRIPTION_MODEL = "gpt-transcribe"
    prompt = await SystemPrompt.objects.aget(is_default=True)
    await switch_off(settings, "prompt", "dictation")
    client = AsyncClient()
    await client.aforce_login(alice)
    hidden = await SystemPrompt.objects.acreate(slug="hidden", name="Hidden", audience="staff")
    now = timezone.now()
    bobs, plain = [await Conversation.objects.acreate(owner=owner, updated=now) for owner in (bob, alice)]
    ours = await Conversation.objects.acreate(owner=alice, prompt=prompt, updated=now)
    for query in (
        *({}, {"prompt": "?"}, {"conversation": "?"}, {"prompt": prompt.pk}, {"prompt": f"{prompt.pk}:staging", "conversation": plain.pk}),
        *({"prompt": hidden.pk}, {"conversation": bobs.pk}, {"conversation": ours.pk}),
    ):
        response = await client.post(f"/transcriptions/?{urlencode(query)}", b"sound", content_type="audio/webm")
        assert (response.status_code, response.json()["detail"]) == (403, "Dictation is switched off here."), query
    assert not openai.requests
    openai.queue(transcript("Said."))
    assert (await client.post(f"/transcriptions/?conversation={plain.pk}", b"sound", content_type="audio/webm")).status_code == 200
    await switch_off(settings, "site", "dictation")
    assert (await client.post("/transcriptions/", b"sound", content_type="audio/webm")).status_code == 403
    assert len(openai.requests) == 1


def test_nothing_is_uploaded_where_no_files_are_taken(client: Client, alice: User, settings: Any) -> None:
    client.force_login(alice)
    settings.FILES_PER_MESSAGE = 0
    whole = client.post("/files/", {"file": SimpleUploadedFile("a.txt", b"words")})
    begun = client.post("/files/uploads/", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "5"})
    assert (whole.status_code, whole.json()["code"], begun.status_code) == (403, "switched_off", 403)
    assert not File.objects.exists()


def test_a_prompts_are_ticked_in_its_form(client: Client, admin: User) -> None:
    client.force_login(admin)
    prompt = SystemPrompt.objects.get(is_default=True)
    submit(client, prompt_url(prompt), "systemprompt_form", switched_off=["files", "dictation"])
    prompt.refresh_from_db()
    assert prompt.switched_off == ["files", "dictation"]
