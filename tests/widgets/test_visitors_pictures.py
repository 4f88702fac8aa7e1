"""Pictures in a widget's conversation: sent by visitors where the widget takes them, and drawn by the assistant."""

from __future__ import annotations

import base64
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from conversations.files import own
from conversations.models import File, PromptLabel, SystemPrompt, User, Widget
from conversations.widgets import known, pictures, script
from tests.generation.test_drawing import set_up
from tests.support import widget_visitors
from tests.support.pictures import picture
from tests.support.scripted_openai import DrawingBegins, DrawingEnds, Finish, ScriptedOpenAI, Text
from tests.support.widget_visitors import Visitor, events

pytestmark = pytest.mark.django_db(transaction=True)


def data_url(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


BOOT, SHOE = data_url(picture("teal")), data_url(picture("gray"))


def asked(*sent: str, text: str = "Like these?", **fields: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "text": text, "pictures": list(sent), **fields}


@pytest.fixture
async def widget(openai: ScriptedOpenAI) -> Widget:
    return await sync_to_async(widget_visitors.widget)(takes_pictures=True)


async def test_they_are_stored_with_the_message_and_shown_to_the_model(widget: Widget, openai: ScriptedOpenAI) -> None:
    visitor, body = Visitor(widget), asked(BOOT, SHOE)
    openai.script(Text("Yes."), Finish())
    await events(await visitor.post("messages", body))
    assert str(openai.streams[0].body).count("data:image/") == 2
    shown = await visitor.shown()
    conversation, (question, _) = shown["conversation"], shown["messages"]
    assert question["text"] == "Like these?" and [(one["width"], one["height"]) for one in question["pictures"]] == [(96, 64)] * 2
    seen = await AsyncClient().get(question["pictures"][0]["url"])  # without a session: it is for a page of another site
    assert (seen.status_code, seen["Content-Type"], seen["Cross-Origin-Resource-Policy"]) == (200, "image/png", "cross-origin")
    await File.objects.all().aupdate(waiting_since=None)
    await events(await visitor.post("messages", body))
    kept = [file.waiting_since async for file in File.objects.all()]
    assert kept == [None, None] and len(openai.streams) == 1, "What is sent again is not even looked at."
    openai.script(Text("Nice."), Finish())
    await events(await visitor.post("messages", asked(BOOT, text="", conversation=conversation)))
    assert await File.objects.acount() == 2
    boot = uuid.UUID(urlsplit(question["pictures"][0]["url"]).path.split("/")[2])
    await sync_to_async(own.delete)(await User.objects.aget(is_visitor=True), [boot])
    messages = (await visitor.shown())["messages"]
    assert [len(one.get("pictures", ())) for one in messages] == [1, 0, 0, 0], "There is nothing at the address of what was deleted."


async def test_what_is_no_picture_or_too_much_is_refused(widget: Widget, openai: ScriptedOpenAI) -> None:
    for sent in (
        [BOOT] * (pictures.MOST + 1),
        [data_url(b"x" * (pictures.LARGEST_BYTES + 1))],
        [data_url(b"<svg/>", "image/svg+xml")],
        [data_url(b"Buy now", "text/plain")],
        [data_url(b"Buy now")],
        ["https://shop.example.org/boot.png"],
        [7],
        "boot.png",
    ):
        refused = await Visitor(widget).post("messages", {**asked(), "pictures": sent})
        assert refused.status_code == 400, (sent, refused.content)
    assert not await File.objects.filter(attachments__isnull=False).aexists() and not openai.streams
    widget.messages_per_day = 2
    await widget.asave()
    known.forget()
    refused = await Visitor(widget).post("messages", asked(BOOT, SHOE, BOOT))
    assert (refused.status_code, int(refused["Retry-After"]) > 0) == (429, True)


async def test_without_leave_none_are_taken_or_offered(openai: ScriptedOpenAI) -> None:
    widget = await sync_to_async(widget_visitors.widget)()
    refused = await Visitor(widget).post("messages", asked(BOOT))
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "switched_off")
    assert not await User.objects.filter(is_visitor=True).aexists() and '"pictures":0' in script.text_of(widget)
    widget.takes_pictures = True
    assert await sync_to_async(pictures.are_taken)(widget)
    await sync_to_async(widget.prompt.publish)(text="You sell shoes.", model="gpt-3.5-turbo")  # which is known not to see
    await widget.prompt.arefresh_from_db()
    assert not await sync_to_async(pictures.are_taken)(widget)
    seeing = await sync_to_async(widget.prompt.publish)(text="You sell boots.", model="gpt-4o")
    await sync_to_async(widget.prompt.publish)(text="You sell shoes.", model="gpt-3.5-turbo")
    await PromptLabel.objects.acreate(prompt=seeing.prompt, name="beta", version=seeing)
    assert [await sync_to_async(pictures.are_taken)(widget) for widget.prompt_label in ("", "beta")] == [False, True]


@pytest.mark.parametrize("openai", ["responses"], indirect=True)
async def test_those_that_the_assistant_draws_are_shown(widget: Widget, openai: ScriptedOpenAI) -> None:
    await sync_to_async(set_up)(openai.base_url)
    await SystemPrompt.objects.filter(slug="clerk").aupdate(draws=True)
    known.forget()
    openai.script(Text("Here: "), DrawingBegins(), DrawingEnds(picture("teal")), Text("a boot."), Finish())
    visitor = Visitor(widget)
    said = await events(await visitor.post("messages", asked(text="Draw a boot")))
    (drawn,) = said[-1]["message"]["pictures"]
    assert said[-1]["message"]["text"] == "Here: a boot." and drawn["width"] == 96
    assert [event["pictures"][0]["width"] for event in said if event["type"] == "snapshot" and "pictures" in event] == [96]
    assert (await AsyncClient().get(drawn["url"])).status_code == 200
    assert (await AsyncClient().get(drawn["url"].replace("until=", "until=9"))).status_code == 404
