"""Pictures that are made instead of an answer: asked for, stored with the message, counted, and told of where they can't be."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from PIL import Image

from conversations.commands import pictures
from conversations.files import made, storing
from conversations.models import Attachment, Attempt, File, Message, Model, User
from conversations.processes import recovery
from conversations.processes.registry import Registry
from conversations.routing import catalog
from tests.support.limits import limit
from tests.support.pictures import DRAWER, completed, encoded, offer, partial, picture, streamed, whole
from tests.support.scripted_openai import Answer, Event, Gate, Hangup, Hold, ScriptedOpenAI, failure
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def drawer(openai: ScriptedOpenAI) -> ScriptedOpenAI:
    await sync_to_async(offer)(openai.base_url, input_price=5, output_price=30)
    return openai


async def reply_of(accepted: dict[str, Any]) -> Message:
    return await Message.objects.aget(pk=accepted["reply"])


async def refused(socket: Socket, text: str, wish: dict[str, Any]) -> dict[str, Any]:
    await socket.command("send", conversation=None, text=text, picture=wish)
    return await socket.next_error()


def stored_picture(owner: User, data: bytes) -> str:
    """As it is stored when it was uploaded; its id."""
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return str(storing.store(owner, Path(file.name), "painted.png").pk)


def masked(size: tuple[int, int]) -> bytes:
    """Opaque, but for its upper left corner."""
    image, encoded = Image.new("RGBA", size, (0, 0, 0, 255)), BytesIO()
    image.paste((0, 0, 0, 0), (0, 0, 10, 10))
    image.save(encoded, "PNG")
    return encoded.getvalue()


def for_pictures(server: ScriptedOpenAI) -> list[Any]:
    return [one for one in server.streams if "/images/" in one.path]


@pytest.mark.every_database
async def test_a_picture_is_streamed_stored_and_counted(alice: User, drawer: ScriptedOpenAI) -> None:
    """From the request to a file in the message, with a partial picture on the way, and an attempt of its own purpose."""
    gate, data = Gate(), picture()
    drawer.queue(streamed(partial(picture("gray")), Hold(gate), completed(data)))
    async with Socket(alice) as socket:
        accepted = await socket.send("A teal field", picture={"model": DRAWER, "size": "1536x1024", "quality": "low"})
        preview = await socket.until("preview", message=accepted["reply"])
        assert preview["image"].startswith("data:image/webp;base64,UklGR")
        gate.open()
        ended = await socket.until("finished", message=accepted["reply"])
    assert [one.path for one in drawer.streams] == ["/v1/images/generations"], "A model that draws is asked for no title."
    assert (ended["status"], ended["model"], ended["usage"]["output_tokens"]) == ("complete", DRAWER, 1056)
    (asked,) = for_pictures(drawer)
    assert asked.path.endswith("/images/generations")
    assert asked.body == {
        "model": DRAWER,
        "prompt": "A teal field",
        "size": "1536x1024",
        "quality": "low",
        "stream": True,
        "partial_images": 2,
    }
    reply = await reply_of(accepted)
    file = await File.objects.aget(owner=alice)
    assert reply.parts == [
        {"type": "image", "file": str(file.pk), "name": "a-teal-field.png", "width": 96, "height": 64, "alt": "A teal field"}
    ]
    assert await Attachment.objects.filter(message=reply, file=file).acount() == 1
    with await sync_to_async(file.original.open)() as original:
        assert original.read() == data, "What says where it comes from is kept."
    attempt = await Attempt.objects.aget(reply=reply)
    assert (attempt.purpose, attempt.outcome, attempt.input_tokens, attempt.output_tokens) == ("image", "ok", 12, 1056)
    assert attempt.cost == 12 * 5_000 + 1056 * 30_000
    assert (attempt.kind, attempt.pictures, attempt.picture_form) == ("pictures", 1, "1536x1024 low")
    client = socket.client
    download: Any = await sync_to_async(client.get)(f"/files/{file.pk}/?download")
    assert b"".join([piece async for piece in download.streaming_content]) == data


async def test_several_are_asked_for_at_once_without_a_stream(alice: User, drawer: ScriptedOpenAI) -> None:
    drawer.queue(whole(picture("red"), picture("blue", kind="WEBP"), picture("green")))  # one more than is wished for
    async with Socket(alice) as socket:
        accepted = await socket.send("Two fields", picture={"number": 2})
        await socket.until("finished", message=accepted["reply"], status="complete")
    (asked,) = for_pictures(drawer)
    assert (asked.body["n"], "stream" in asked.body) == (2, False)
    assert [part["name"] for part in (await reply_of(accepted)).parts] == ["two-fields.png", "two-fields.webp"]


async def test_images_of_the_message_are_what_it_is_made_from_and_what_was_made_can_be_spoken_of(
    alice: User, drawer: ScriptedOpenAI
) -> None:
    """A made picture is attached to the next message; and a chat model is shown it with the user's next words."""
    drawer.queue(whole(picture("red")), whole(picture("blue")))
    async with Socket(alice) as socket:
        first = await socket.send("A field", picture={})
        await socket.until("finished", message=first["reply"], status="complete")
        made = (await reply_of(first)).parts[0]["file"]
        again = await socket.send("Make it blue", first["conversation"], attachments=[made], picture={"quality": "high"})
        await socket.until("finished", message=again["reply"], status="complete")
        asked = for_pictures(drawer)[-1]
        assert asked.path.endswith("/images/edits")
        name, kind, data = asked.body.pop("image")
        assert (name, kind, data[:4]) == ("a-field.png", "image/png", b"\x89PNG")
        assert asked.body == {"model": DRAWER, "prompt": "Make it blue", "quality": "high", "stream": "true", "partial_images": "2"}
        await socket.answer("What did you draw?", first["conversation"])
    said = drawer.streams[-1].body["messages"]
    assert [one["content"] for one in said if one["role"] == "assistant"] == [
        "[A picture that you made: A field]",
        "[A picture that you made: Make it blue]",
    ]
    assert [part["type"] for part in said[-1]["content"]] == ["image_url", "text"]


@pytest.mark.parametrize(
    ("answer", "kind", "asked"),
    [
        (failure(400, "Your request was rejected by the safety system.", code="moderation_blocked"), "content_filter", 1),
        (Answer(body={"created": 1, "data": [{"b64_json": "not Base64!"}]}), "provider", None),
        (Answer(body={"created": 1, "data": [{"b64_json": encoded(b"\x89PNG, and nothing more")}]}), "provider", 1),
        (Answer(body={"created": 1, "data": [{"url": "http://127.0.0.1/secret.png"}]}), "provider", None),
        (streamed(Event({"type": "error", "error": {"code": "moderation_blocked", "message": "No."}})), "content_filter", 1),
    ],
)
async def test_what_is_no_picture_is_told_in_words(
    alice: User, drawer: ScriptedOpenAI, answer: Answer, kind: str, asked: int | None
) -> None:
    drawer.queue(*[answer] * 20)
    async with Socket(alice) as socket:
        accepted = await socket.send("A field", picture={})
        ended = await socket.until("finished", message=accepted["reply"])
    assert (ended["status"], ended["error"]["kind"]) == ("failed", kind)
    assert asked is None or len(for_pictures(drawer)) == asked
    assert not await File.objects.aexists()


async def test_a_stream_that_is_cut_before_a_picture_came_is_asked_for_again(alice: User, drawer: ScriptedOpenAI) -> None:
    drawer.queue(streamed(partial(picture("gray")), Hangup()), streamed(completed(picture())))
    async with Socket(alice) as socket:
        accepted = await socket.send("A field", picture={})
        await socket.until("finished", message=accepted["reply"], status="complete")
    assert len((await reply_of(accepted)).parts) == 1
    outcomes = [
        one async for one in Attempt.objects.filter(purpose="image").order_by("id").values_list("outcome", "output_tokens", "estimated")
    ]
    assert outcomes == [("interrupted", 2 * 1584, True), ("ok", 1056, False)], "The first one was likely charged for, too."


async def test_stop_ends_the_request_and_keeps_what_has_come(alice: User, drawer: ScriptedOpenAI) -> None:
    gate = Gate()
    drawer.queue(streamed(partial(picture("gray")), Hold(gate)))
    async with Socket(alice) as socket:
        accepted = await socket.send("A field", picture={})
        await gate.reached()
        await socket.command("stop", message=accepted["reply"])
        await socket.until("finished", message=accepted["reply"], status="stopped")
    await for_pictures(drawer)[0].client_left()


async def test_what_may_not_be_made_is_refused_before_it_costs(alice: User, drawer: ScriptedOpenAI, settings: Any) -> None:
    """No text, no such model, values that aren't known, a budget without room for all of it, and the site's switch."""
    async with Socket(alice) as socket:
        for text, wish, word in (
            ("A", {"model": "scripted-model"}, "makes no pictures"),
            ("A", {"quality": "best"}, "quality"),
            ("A", {"number": 11}, "1 to 4"),
            ("A", {"size": "big"}, "1536x1024"),
        ):
            assert word in (await refused(socket, text, wish))["detail"]
        await sync_to_async(limit)(monthly_tokens=2000)
        assert (await refused(socket, "A", {"quality": "high"}))["code"] == "limit"
        settings.PICTURES = False
        assert "can’t be made" in (await refused(socket, "A", {}))["detail"]
    assert not for_pictures(drawer)
    assert not await Message.objects.aexists()


async def test_other_models_are_asked_for_base64_and_take_no_quality(alice: User, openai: ScriptedOpenAI) -> None:
    await sync_to_async(offer)(openai.base_url, "flux-schnell")
    openai.queue(whole(picture(), usage=None))
    async with Socket(alice) as socket:
        accepted = await socket.send("A field", picture={"quality": "low"})
        await socket.until("finished", message=accepted["reply"], status="complete")
    assert for_pictures(openai)[0].body == {"model": "flux-schnell", "prompt": "A field", "response_format": "b64_json"}
    attempt = await Attempt.objects.aget(purpose="image")
    assert (attempt.estimated, attempt.cost, attempt.pictures) == (True, None, 1)
    await Model.objects.filter(name="flux-schnell").aupdate(picture_prices={"": "0.003", "1024x1024": "0.005"})
    catalog.forget()
    [told] = await sync_to_async(pictures.offers)()
    assert told["prices"] == {"1024x1024": 0.005, "1536x1024": 0.003, "1024x1536": 0.003}
    await Model.objects.all().aupdate(draws=False)
    catalog.forget()


async def test_regenerating_makes_it_again(alice: User, drawer: ScriptedOpenAI) -> None:
    drawer.queue(streamed(completed(picture("red"))), streamed(completed(picture("blue"))), streamed(completed(picture("green"))))
    async with Socket(alice) as socket:
        accepted = await socket.send("A field", picture={"size": "1024x1024"})
        await socket.until("finished", message=accepted["reply"], status="complete")
        again = await socket.until("accepted", id=await socket.command("regenerate", message=accepted["reply"]))
        await socket.until("finished", message=again["reply"], status="complete")
        edited = await socket.until("accepted", id=await socket.command("edit", message=accepted["message"], text="A wood"))
        await socket.until("finished", message=edited["reply"], status="complete")
    assert [one.body["size"] for one in for_pictures(drawer)] == ["1024x1024"] * 3
    assert (await reply_of(edited)).parts[0]["alt"] == "A wood"
    assert (await reply_of(again)).parts[0]["file"] != (await reply_of(edited)).parts[0]["file"]


@pytest.mark.parametrize("kept", [0, 1])
@pytest.mark.every_database
async def test_what_its_process_lost_is_not_paid_for_twice(alice: User, drawer: ScriptedOpenAI, kept: int) -> None:
    """It is interrupted, with what had come, and its likely use is in the ledger; its user continues it, and gets those that are missing."""
    drawer.queue(whole(picture("red")), streamed(completed(picture("blue"))) if kept else whole(picture("blue"), picture("green")))
    async with Socket(alice) as socket:
        accepted = await socket.send("Two fields", picture={"number": 2})
        await socket.until("finished", message=accepted["reply"], status="complete")
        past = timezone.now() - timedelta(seconds=1)
        parts = (await reply_of(accepted)).parts[:kept]
        lost = {"parts": parts, "status": "streaming", "lease_holder": uuid.uuid4(), "lease_until": past, "usage": None}
        await Message.objects.filter(pk=accepted["reply"]).aupdate(**lost)
        (claimed,) = await sync_to_async(recovery.claim)(Registry(), [uuid.UUID(accepted["reply"])])
        assert (claimed.status, claimed.error_kind, len(claimed.parts)) == ("interrupted", "lost", kept)
        counted = await Attempt.objects.aget(outcome="lost")
        assert (counted.purpose, counted.output_tokens, counted.estimated) == ("image", (2 - kept) * 2 * 1584, True)
        await socket.command("continue", message=accepted["reply"])
        await socket.until("finished", message=accepted["reply"], status="complete")
    assert for_pictures(drawer)[-1].body.get("n", 1) == 2 - kept
    assert len((await reply_of(accepted)).parts) == 2


async def test_a_stop_while_it_is_stored_loses_nothing(alice: User, drawer: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def read(data: bytes, title: str) -> made.Read:
        begun.set()
        assert go_on.wait(10)
        return really(data, title)

    really = made.read
    monkeypatch.setattr(made, "read", read)
    drawer.queue(streamed(completed(picture())))
    async with Socket(alice) as socket:
        accepted = await socket.send("A field", picture={})
        assert await sync_to_async(begun.wait, thread_sensitive=False)(10)
        await socket.command("stop", message=accepted["reply"])
        await socket.command("ping")
        await socket.until("pong")
        go_on.set()
        await socket.until("finished", message=accepted["reply"], status="stopped")
    assert len((await reply_of(accepted)).parts) == 1


@pytest.mark.parametrize("lost", ["stopped", "streaming"])
async def test_nothing_more_is_asked_for_where_all_is_there(alice: User, drawer: ScriptedOpenAI, lost: str) -> None:
    """What was stopped after its last picture is complete when it is continued; what its process lost then is complete at once."""
    drawer.queue(streamed(completed(picture())))
    async with Socket(alice) as socket:
        accepted = await socket.send("A field", picture={})
        await socket.until("finished", message=accepted["reply"], status="complete")
        if lost == "streaming":
            past = timezone.now() - timedelta(seconds=1)
            fields = {"status": lost, "finish_reason": "", "lease_holder": uuid.uuid4(), "lease_until": past, "usage": None}
            await Message.objects.filter(pk=accepted["reply"]).aupdate(**fields)
            await Attempt.objects.all().adelete()
            await sync_to_async(recovery.claim)(Registry(), [uuid.UUID(accepted["reply"])])
            counted = await Attempt.objects.aget(outcome="lost")
            assert counted.output_tokens == 2 * 1584, "It was paid for, and the ledger hadn't heard of it."
        else:
            await Message.objects.filter(pk=accepted["reply"]).aupdate(status=lost, finish_reason="")
            await socket.command("continue", message=accepted["reply"])
            await socket.until("finished", message=accepted["reply"], status="complete")
    reply = await reply_of(accepted)
    assert (reply.status, reply.finish_reason, len(reply.parts), len(for_pictures(drawer))) == ("complete", "stop", 1, 1)


async def test_only_the_painted_area_is_made_again(alice: User, bob: User, drawer: ScriptedOpenAI) -> None:
    """The mask goes along as it was painted, stays with the message, and is asked for again; none that doesn't fit, or another user's."""
    image = await sync_to_async(stored_picture)(alice, picture("red"))
    small = await sync_to_async(stored_picture)(alice, masked((32, 32)))
    mask, secret = [await sync_to_async(stored_picture)(owner, masked((96, 64))) for owner in (alice, bob)]
    drawer.queue(streamed(completed(picture("blue"))), streamed(completed(picture("green"))))
    async with Socket(alice) as socket:
        for wrong, detail in ((small, "doesn’t fit"), (secret, "isn’t there"), ("x", "no file")):
            await socket.command("send", conversation=None, text="A hat", attachments=[image], picture={"mask": wrong})
            assert detail in (await socket.next_error())["detail"]
        accepted = await socket.send("A hat", attachments=[image], picture={"mask": mask})
        await socket.until("finished", message=accepted["reply"], status="complete")
        await Attachment.objects.filter(message=accepted["message"]).order_by("position").aget(file_id=uuid.UUID(mask))
        again = await socket.until("accepted", id=await socket.command("regenerate", message=accepted["reply"]))
        await socket.until("finished", message=again["reply"], status="complete")
    first, second = [one.body for one in for_pictures(drawer)]
    assert first["mask"] == second["mask"]
    name, kind, data = first["mask"]
    sent = Image.open(BytesIO(data))
    assert (name, kind, sent.size, sent.convert("RGBA").getpixel((0, 0))[3], sent.convert("RGBA").getpixel((95, 63))[3]) == (
        *("mask.png", "image/png", (96, 64)),
        *(0, 255),
    )
    question = await Message.objects.aget(pk=accepted["message"])
    assert [part["type"] for part in question.parts] == ["image", "text"], "It is no image of the message."
