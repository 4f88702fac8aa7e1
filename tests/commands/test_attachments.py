"""Messages with files: who may send which, what becomes of them, and that each model gets only what it takes."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from conversations.models import (
    Attachment,
    Attempt,
    Conversation,
    File,
    FileKind,
    FileState,
    Message,
    Model,
    PromptVersion,
    Provider,
    SystemPrompt,
    User,
)
from conversations.routing import catalog
from conversations.search import results
from tests.conftest import title_if_asked
from tests.support.experiments import started
from tests.support.files import stored_file
from tests.support.limits import limit
from tests.support.scripted_openai import Answer, Event, Finish, ScriptedOpenAI, Text, failure
from tests.support.socket_client import Socket
from tests.support.two_providers import MODEL, Providers

pytestmark = pytest.mark.django_db(transaction=True)

PIXELS = b"\x89PNG, all of them"
URL = f"data:image/png;base64,{base64.b64encode(PIXELS).decode()}"
WORDS = {"type": "file", "name": "words.txt", "content_type": "text/plain", "size": 8}


def image(owner: User, **fields: Any) -> File:
    about = {"kind": FileKind.IMAGE, "content_type": "image/png", "width": 64, "height": 32, "tokens": 2, "text": "", **fields}
    return stored_file(owner, PIXELS, "sun.png", **about)


@pytest.fixture
def sun(alice: User) -> File:
    return image(alice)


@pytest.fixture
def words(alice: User) -> File:
    return stored_file(alice, b"One, two")


@sync_to_async
def attached(message: str) -> list[File]:
    return [one.file for one in Attachment.objects.filter(message_id=uuid.UUID(message)).select_related("file")]


@pytest.mark.parametrize("openai", ["responses", "chat_completions"], indirect=True)
@pytest.mark.every_database
async def test_files_go_with_the_message_to_pages_and_provider(alice: User, openai: ScriptedOpenAI, sun: File, words: File) -> None:
    openai.script(Text("A sun"), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("What is it?", attachments=[sun.pk, words.pk, sun.pk])
        told = (await socket.until("message"))["message"]
        assert told["parts"] == [
            {"type": "image", "file": str(sun.pk), "name": "sun.png", "width": 64, "height": 32},
            {**WORDS, "file": str(words.pk)},
            {"type": "text", "text": "What is it?"},
        ]
        assert (await socket.until("finished", message=accepted["reply"]))["note"] is None
        assert await attached(accepted["message"]) == [sun, words]
        asked = openai.streams[0]
        content = (asked.body.get("messages") or asked.body["input"])[-1]["content"]
        assert [part["type"] for part in content] == (
            ["image_url", "text"] if asked.wire == "chat_completions" else ["input_image", "input_text"]
        )
        assert (content[0]["image_url"]["url"] if asked.wire == "chat_completions" else content[0]["image_url"]) == URL
        assert content[1]["text"] == '<file name="words.txt">\nOne, two\n</file>\n\nWhat is it?'
        await socket.answer("And now?", accepted["conversation"])
        again = (openai.streams[-1].body.get("messages") or openai.streams[-1].body["input"])[-3]
        assert again["content"] == content, "What was sent before stays in the history, and the provider can cache it."
    counted = [(one.kind, one.files, one.pages) async for one in Attempt.objects.filter(purpose="answer")]
    assert counted == [("files", 2, 0), ("files", 2, 0)]


async def test_files_alone_are_a_message_whose_title_they_give(alice: User, openai: ScriptedOpenAI, sun: File) -> None:
    openai.script(Text("A sun"), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send(" \n", attachments=[sun.pk])
        assert [part["type"] for part in (await socket.until("message"))["message"]["parts"]] == ["image"]
        assert (await socket.until("conversation"))["title"] == "sun.png"
        await socket.until("finished", message=accepted["reply"])
        await socket.until("conversation", title="A fitting title")
    for_title = next(one for one in openai.streams if "title" in one.system)
    assert isinstance((for_title.body.get("messages") or for_title.body["input"])[-1]["content"], str), "It has no image."
    assert "sun.png" in for_title.question


async def test_the_title_is_about_what_the_user_wrote_however_long_the_names_of_files_are(alice: User, openai: ScriptedOpenAI) -> None:
    files = [await sync_to_async(stored_file)(alice, f"{number}".encode(), f"{number}{'n' * 190}.txt") for number in range(8)]
    async with Socket(alice) as socket:
        await socket.answer("How do tides work?", attachments=[file.pk for file in files])
        await socket.until("conversation", title="A fitting title")
    for_title = next(one for one in openai.streams if "title" in one.system)
    assert ("How do tides work?" in for_title.question, "0nnn" in for_title.question) == (True, True)


@pytest.mark.every_database
async def test_sent_again_it_is_the_same_message(alice: User, openai: ScriptedOpenAI, words: File) -> None:
    async with Socket(alice) as socket:
        request = str(uuid.uuid4())
        first = await socket.send("Read it", attachments=[words.pk], id=request)
        await socket.until("finished")
        assert await socket.send("Read it", attachments=[words.pk], id=request) == first
    assert await Attachment.objects.acount() == 1


async def test_what_can_not_be_sent_says_why(alice: User, bob: User, openai: ScriptedOpenAI, words: File, settings: Any) -> None:
    settings.FILES_PER_MESSAGE = 1

    async def refused(*files: object) -> tuple[str, str]:
        async with Socket(alice) as socket:
            await socket.command("send", text="Read it", attachments=files)
            error = await socket.next_error()
            return error["code"], error["detail"]

    def stored(owner: User = alice, **fields: Any) -> Any:
        return sync_to_async(stored_file)(owner, repr(fields).encode(), "paper.pdf", **fields)

    gone = ("invalid", "One of the files isn’t there any more. Take it out, and attach it again.")
    assert await refused((await stored(bob)).pk) == gone
    assert await refused(uuid.uuid4()) == gone
    assert await refused((await stored(state=FileState.READING)).pk) == (
        "invalid",
        "“paper.pdf” is still being read. Send the message again in a moment.",
    )
    encrypted = await stored(state=FileState.REFUSED, problem="It is encrypted.")
    assert await refused(encrypted.pk) == ("invalid", "“paper.pdf” can’t be sent: It is encrypted.")
    unheard = await stored(kind=FileKind.AUDIO, state=FileState.NO_TEXT, problem="The provider is away.")
    assert await refused(unheard.pk) == ("invalid", "“paper.pdf” can’t be sent: The provider is away.")
    voice = await stored(kind=FileKind.AUDIO, state=FileState.NO_TEXT, content_type="audio/wav", problem="No model transcribes.")
    unheard_of = "“paper.pdf” has no transcript. No model transcribes. Take it out to send the message."
    assert await refused(voice.pk) == ("invalid", unheard_of)
    many = "That message has 2 files, and at most 1 can be sent with one. Take some out."
    assert await refused(words.pk, encrypted.pk) == ("invalid", many)
    assert (await refused("sun.png"))[0] == (await refused(7))[0] == "bad_frame"
    assert not await Message.objects.aexists()


@pytest.mark.every_database
async def test_edited_messages_keep_their_files_unless_others_are_given(
    alice: User, openai: ScriptedOpenAI, sun: File, words: File
) -> None:
    async with Socket(alice) as socket:
        first = await socket.send("Raed it", attachments=[words.pk])
        await socket.until("finished")

        async def edited(**fields: Any) -> list[str]:
            request = await socket.command("edit", message=first["message"], text="Read it", **fields)
            accepted = await socket.until("accepted", id=request)
            parts = (await socket.until("message"))["message"]["parts"]
            await socket.until("finished", message=accepted["reply"])
            held = [str(file.pk) for file in await attached(accepted["message"])]
            assert held == [part["file"] for part in parts if "file" in part]
            return held

        assert await edited() == [str(words.pk)]
        assert await edited(attachments=[sun.pk]) == [str(sun.pk)]
        assert await edited(attachments=[]) == []
        assert await attached(first["message"]) == [words], "The message itself stays as it was."


@sync_to_async
def offer(**models: bool | None) -> None:
    """These are the models that users may choose for the default prompt, whose own is the first, and whether they see."""
    row = Provider.objects.get(origin="environment")
    for name, sees in models.items():
        Model.objects.create(provider=row, name=name, takes_images=sees)
    prompt = SystemPrompt.objects.get(is_default=True)
    prompt.publish(text="Be kind.", model=next(iter(models)))
    SystemPrompt.objects.filter(pk=prompt.pk).update(model_choice="any")
    catalog.forget()


async def test_a_model_that_does_not_see_is_refused_with_those_that_do(alice: User, openai: ScriptedOpenAI, sun: File) -> None:
    await sync_to_async(catalog.read)()
    await offer(blind=False, seer=True, unknown=None)
    async with Socket(alice) as socket:
        await socket.command("send", text="What is it?", attachments=[sun.pk])
        error = await socket.next_error()
        assert (error["code"], error["detail"]) == ("cannot_see", "blind can’t see images. Choose one that can: seer.")
        assert not openai.streams
        seen = await socket.answer("What is it?", attachments=[sun.pk], model="seer")
        assert seen["model"] == "seer"
        request = await socket.command("regenerate", message=seen["message"], model="blind")
        assert (await socket.next_error())["id"] == request
        later = await socket.answer("How hot is it?", seen["conversation"], model="blind")
        assert (later["status"], later["note"]) == ("complete", "The model wasn’t shown an image, for it takes none.")
        assert "you take no images" in str(openai.streams[-1].body)
        unknown = await socket.answer("Look", seen["conversation"], model="unknown", attachments=[sun.pk])
        assert unknown["status"] == "complete", "Of what is unknown, the provider is asked."


@pytest.mark.parametrize("openai", ["responses", "chat_completions"], indirect=True)
async def test_pdf_goes_as_it_is_where_an_administrator_says_so(alice: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(catalog.read)()
    await offer(reader=None)
    paper = await sync_to_async(stored_file)(alice, b"%PDF", "paper.pdf", content_type="application/pdf", text="What it says")
    async with Socket(alice) as socket:
        await socket.answer("Sum it up", attachments=[paper.pk])
        await Model.objects.filter(name="reader").aupdate(takes_documents=True)
        catalog.forget()
        await socket.answer("Sum it up", attachments=[paper.pk])
    as_text, as_it_is = (
        (one.body.get("messages") or one.body["input"])[-1]["content"] for one in openai.streams if "title" not in one.system
    )
    assert as_text == '<file name="paper.pdf">\nWhat it says\n</file>\n\nSum it up'
    assert [part["type"] for part in as_it_is] in (["file", "text"], ["input_file", "input_text"])


@pytest.mark.parametrize("openai", ["responses", "chat_completions"], indirect=True)
async def test_a_recording_without_a_transcript_goes_to_models_that_hear_alone(alice: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(catalog.read)()
    await offer(listener=None, reader=None)
    await Model.objects.filter(name="listener").aupdate(hears=True)
    catalog.forget()
    about: dict[str, Any] = {"kind": FileKind.AUDIO, "content_type": "audio/wav", "state": FileState.NO_TEXT, "text": "", "problem": "No."}
    voice = await sync_to_async(stored_file)(alice, b"RIFF", "voice.wav", **about)
    async with Socket(alice) as socket:
        await socket.command("send", text="Who speaks?", attachments=[voice.pk], model="reader")
        refusal = (await socket.next_error())["detail"]
        assert refusal == "“voice.wav” has no transcript. No. Choose a model that hears it: listener."
        await socket.answer("Who speaks?", attachments=[voice.pk], model="listener")
    (asked,) = [one for one in openai.streams if "title" not in one.system]
    heard, _ = (asked.body.get("messages") or asked.body["input"])[-1]["content"]
    assert heard == {"type": "input_audio", "input_audio": {"data": base64.b64encode(b"RIFF").decode(), "format": "wav"}}


async def test_an_experiment_s_candidate_that_does_not_see_leaves_images_to_the_live_version(
    alice: User, openai: ScriptedOpenAI, sun: File
) -> None:
    await sync_to_async(catalog.read)()
    await offer(seer=True, blind=False)

    def started_with_everyone() -> None:
        alice.is_staff = alice.is_superuser = True
        alice.save()
        prompt = SystemPrompt.objects.get(is_default=True)
        experiment = started(prompt, alice, share=100)
        PromptVersion.objects.filter(pk=experiment.candidate_id).update(model="blind")

    await sync_to_async(started_with_everyone)()
    async with Socket(alice) as socket:
        first = await socket.answer("What is a tide?")
        assert first["model"] == "blind"
        seen = await socket.answer("What is it?", first["conversation"], attachments=[sun.pk])
        assert (seen["status"], seen["model"]) == ("complete", "seer")


async def test_failover_keeps_to_providers_whose_model_sees(alice: User, providers: Providers, sun: File) -> None:
    await providers.far_row.models.filter(name=MODEL).aupdate(takes_images=False)
    catalog.forget()
    providers.near.queue(failure(500, "Broken"), failure(500, "Broken"))
    async with Socket(alice) as socket:
        with_words = await socket.answer("What is it?")
        assert (with_words["status"], providers.asked) == ("complete", (1, 1))
        with_image = await socket.answer("What is it?", attachments=[sun.pk])
        assert (with_image["status"], providers.asked) == ("complete", (3, 1))


async def test_a_provider_that_refuses_images_is_left_for_the_next_one_and_stays_in_use(
    alice: User, providers: Providers, sun: File
) -> None:
    refused = failure(500, "image input is not supported")
    providers.near.queue(*[refused] * 8)
    async with Socket(alice) as socket:
        for asked in range(1, 7):
            seen = await socket.answer("What is it?", attachments=[sun.pk])
            assert (seen["status"], providers.asked) == ("complete", (asked, asked))
        providers.near.queue(*[refused] * 2)
        providers.far.queue(failure(400, "This model does not support image inputs"))
        unseen = await socket.answer("What is it?", attachments=[sun.pk])
        assert (unseen["status"], unseen["error"]["kind"]) == ("failed", "images")


REFUSED = failure(400, "This model does not support image inputs")


async def test_a_conversation_goes_on_without_the_images_that_its_model_refuses(alice: User, openai: ScriptedOpenAI, sun: File) -> None:
    """It is asked about older ones once, and told of them in words from then on; about images of the question it is asked each time."""
    note = "The model wasn’t shown an image, for it takes none."
    async with Socket(alice) as socket:
        first = await socket.answer("What is it?", attachments=[sun.pk])
        await socket.until("conversation", title="A fitting title")
        asked = len(openai.streams)
        openai.queue(REFUSED)
        without = await socket.answer("How hot is it?", first["conversation"])
        assert (without["status"], without["note"], len(openai.streams)) == ("complete", note, asked + 2)
        assert ("image" in str(openai.streams[-2].body), "you take no images" in str(openai.streams[-1].body)) == (True, True)
        assert not [frame for frame in socket.frames if frame["type"] == "retrying"], "Nothing went wrong that a user would have to know."
        again = await socket.answer("And how old?", first["conversation"])
        assert (again["status"], again["note"], len(openai.streams)) == ("complete", note, asked + 3)
        openai.queue(REFUSED)
        shown = await socket.answer("And this?", first["conversation"], attachments=[sun.pk])
        assert (shown["status"], shown["error"]["kind"], len(openai.streams)) == ("failed", "images", asked + 4)


@pytest.mark.parametrize("openai", ["responses", "chat_completions"], indirect=True)
async def test_images_that_are_refused_within_the_stream(alice: User, openai: ScriptedOpenAI, sun: File) -> None:
    error = {"code": "server_error", "message": "image input is not supported - hint: you may need to provide the mmproj"}
    events = {"responses": {"type": "response.failed", "response": {"error": error}}, "chat_completions": {"error": error}}
    openai.answer_with = lambda request: (
        title_if_asked(request) or (Answer(steps=(Event(events[request.wire]),)) if "base64" in str(request.body) else None)
    )
    async with Socket(alice) as socket:
        shown = await socket.answer("What is it?", attachments=[sun.pk])
        assert (shown["status"], shown["error"]["kind"], len(openai.streams)) == ("failed", "images", 1), "It isn't tried again."
        later = await socket.answer("How hot is it?", shown["conversation"])
        assert (later["status"], len(openai.streams)) == ("complete", 3)


async def test_after_going_on_only_what_was_left_out_last_is_told(alice: User, openai: ScriptedOpenAI) -> None:
    long = await sync_to_async(stored_file)(alice, b"x" * 600_000, "long.txt")
    async with Socket(alice) as socket:
        openai.script(Text("It is " * 2000), Finish("length"))
        cut = await socket.answer("Sum it up", attachments=[long.pk])
        openai.script(Text("long."), Finish())
        request = await socket.command("continue", message=cut["message"])
        await socket.until("accepted", id=request)
        whole = await socket.until("finished", message=cut["message"])
        assert (cut["note"].count("%"), whole["note"].count("%"), cut["note"] != whole["note"]) == (1, 1, True)


async def test_the_budget_reserves_what_files_take(alice: User, openai: ScriptedOpenAI) -> None:
    large = await sync_to_async(image)(alice, tokens=20_000)
    await sync_to_async(limit)(monthly_tokens=30_000)
    async with Socket(alice) as socket:
        await socket.command("send", text="What is it?", attachments=[large.pk])
        assert (await socket.next_error())["code"] == "limit"
        assert (await socket.answer("What is it?"))["status"] == "complete"


async def test_found_by_the_names_of_its_files(alice: User, openai: ScriptedOpenAI, words: File) -> None:
    openai.script(Text("It counts"), Finish())
    async with Socket(alice) as socket:
        finished = await socket.answer("Read it", attachments=[words.pk])
    (found,) = await sync_to_async(results.search)(alice, "words.txt")
    assert str(found.conversation.pk) == finished["conversation"]
    assert not await sync_to_async(results.search)(alice, "two"), "What is in a file isn't found."
    assert await Conversation.objects.acount() == 1
