"""A visitor of another site talks to an assistant: once for each message, over lost connections, and alone with what was said."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from django.utils import timezone

from conversations.commands.refusals import Refused
from conversations.models import NANO, Attempt, Conversation, Feedback, Message, MessageRate, SystemPrompt, User, Visitors, Widget
from conversations.models import Visitor as WidgetVisitor
from conversations.usage.limits import in_force
from conversations.widgets import rates, signed_tokens, visitors
from conversations.widgets.signed_tokens import Claims
from conversations.widgets.visitors import Identity
from tests.support import widget_visitors
from tests.support.scripted_openai import Finish, Gate, Hold, Reasoning, ScriptedOpenAI, Text
from tests.support.widget_visitors import HOST, Reader, Visitor, events, events_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def widget(openai: ScriptedOpenAI) -> Widget:
    return await sync_to_async(widget_visitors.widget)()


def asked(text: str = "Boots?", **fields: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "text": text, **fields}


async def test_a_message_is_answered_and_there_after_a_reload(widget: Widget, openai: ScriptedOpenAI) -> None:
    visitor = Visitor(widget)
    assert await visitor.shown() == {"conversation": None, "messages": []}
    assert not await User.objects.filter(is_visitor=True).aexists()  # a visitor who only looks has no row
    openai.script(Reasoning("They want boots."), Text("We have "), Text("some."), Finish())
    body, reader = asked(), Reader()
    said = await events(await visitor.post("messages", body))
    for event in said:
        reader.take(event)
    assert said[0]["type"] == "accepted" and said[-1]["type"] == "finished"
    assert reader.text == said[-1]["message"]["text"] == "We have some."
    question, answer = (await visitor.shown())["messages"]
    assert question == {"id": said[0]["message"], "role": "user", "status": "complete", "text": "Boots?", "end": 6, "request": body["id"]}
    assert answer == said[-1]["message"] and answer["id"] == said[0]["reply"] and answer["status"] == "complete"
    assert openai.streams[0].system == "You sell shoes."
    assert len(openai.streams) == 1  # no model is asked for a title
    user = await User.objects.aget(is_visitor=True)
    assert (user.has_usable_password(), user.is_staff, await Attempt.objects.filter(owner=user).acount()) == (False, False, 1)
    openai.script(Text("Brown."), Finish())
    again = await events(await visitor.post("messages", asked("Which?", conversation=said[0]["conversation"])))
    assert again[0]["conversation"] == said[0]["conversation"] and len((await visitor.shown())["messages"]) == 4
    openai.script(Text("Hello."), Finish())
    await events(await visitor.post("messages", asked("Hi")))
    assert [one["text"] for one in (await visitor.shown())["messages"]] == ["Hi", "Hello."]  # without a conversation it begins one


async def test_what_is_sent_again_is_answered_once_and_goes_on_from_there(widget: Widget, openai: ScriptedOpenAI) -> None:
    gate, visitor, body, reader = Gate(), Visitor(widget), asked(), Reader()
    openai.script(Text("We have "), Hold(gate), Text("some."), Finish())
    stream = aiter(await visitor.post("messages", body))
    while "have" not in reader.text:
        for event in events_of(await anext(stream)):
            reader.take(event)
    await stream.aclose()  # the connection is lost
    running = (await visitor.shown())["messages"][-1]
    assert running["status"] in ("pending", "streaming")
    resumed = aiter(await visitor.get(f"answers/{running['id']}"))
    while True:
        first = events_of(await anext(resumed))
        if first and first[0]["type"] == "snapshot":
            break
    assert first[0]["text"] == "We have "
    second = await visitor.post("messages", body)  # as a browser does that never heard of the first
    gate.open()
    for event in [*first, *events_of(b"".join([event async for event in resumed]))]:
        reader.take(event)
    assert reader.text == "We have some."
    told = await events(second)
    assert told[0]["reply"] == running["id"] and told[-1]["message"]["text"] == "We have some."
    assert await Message.objects.acount() == 2 and len(openai.streams) == 1


async def test_an_answer_is_stopped_written_again_and_judged(widget: Widget, openai: ScriptedOpenAI) -> None:
    gate, visitor = Gate(), Visitor(widget)
    openai.script(Text("We "), Hold(gate), Finish())
    stream = aiter(await visitor.post("messages", asked()))
    first = events_of(await anext(stream))[0]
    await gate.reached()
    assert (await visitor.post(f"answers/{first['reply']}/stop")).status_code == 204
    rest = events_of(b"".join([event async for event in stream]))
    assert rest[-1]["message"]["status"] == "stopped"
    gate.open()
    openai.script(Text("Yes."), Finish())
    again = await events(await visitor.post(f"answers/{first['reply']}/regenerate", {"id": str(uuid.uuid4())}))
    assert [one["text"] for one in (await visitor.shown())["messages"]] == ["Boots?", "Yes."]
    assert (await visitor.post(f"answers/{again[0]['reply']}/feedback", {"thumb": "up"})).status_code == 204
    assert (await visitor.shown())["messages"][-1]["thumb"] == "up"
    assert (await visitor.post(f"answers/{again[0]['reply']}/feedback", {"thumb": None})).status_code == 204
    assert not await Feedback.objects.aexists()


async def test_others_find_nothing_of_it(widget: Widget, openai: ScriptedOpenAI) -> None:
    openai.script(Text("Yes."), Finish())
    mine = (await events(await Visitor(widget, secret := "s" * 43).post("messages", asked())))[0]
    other = await sync_to_async(widget_visitors.widget)(name="Other")
    openai.script(Text("Yes."), Finish())
    known = Visitor(widget)
    await events(await known.post("messages", asked()))
    for stranger in (Visitor(widget), known, Visitor(other, secret)):
        reply = f"answers/{mine['reply']}"
        answers = [
            await stranger.get(reply),
            await stranger.post(f"{reply}/stop"),
            await stranger.post(f"{reply}/feedback", {"thumb": "up"}),
        ]
        answers.append(await stranger.post(f"{reply}/regenerate", {"id": str(uuid.uuid4())}))
        answers.append(await stranger.post("messages", asked(conversation=mine["conversation"])))
        assert [answer.status_code for answer in answers] == [404] * 5
        assert mine["conversation"] != (await stranger.shown())["conversation"]
    assert not await Feedback.objects.aexists() and await Conversation.objects.acount() == 2


async def test_only_pages_of_its_sites_are_answered(widget: Widget, openai: ScriptedOpenAI) -> None:
    for origin in (None, "https://evil.example", "https://shop.example.org.evil.example", "http://shop.example.org", "null"):
        refused = await Visitor(widget, origin=origin).post("messages", asked())
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "wrong_origin"), origin
        assert "Access-Control-Allow-Origin" not in refused
    below = await sync_to_async(widget_visitors.widget)(name="Below", origins=["https://*.example.org"])
    said = {origin: (await Visitor(below, origin=origin).get("conversation")).status_code for origin in (HOST, "https://[")}
    assert said == {HOST: 200, "https://[": 403}  # the second is no address at all
    headers = {"Origin": HOST, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    allowed = await AsyncClient().options(f"/widget/{widget.key}/messages", headers=headers)
    assert (allowed.status_code, allowed["Access-Control-Allow-Origin"]) == (204, HOST)
    assert "authorization" in allowed["Access-Control-Allow-Headers"] and "Access-Control-Allow-Credentials" not in allowed
    assert (await Visitor(widget).get("conversation"))["Access-Control-Allow-Origin"] == HOST
    assert (await Visitor(widget, origin="http://testserver").get("conversation")).status_code == 200  # our own preview
    for credentials in ("short", "ä" * 43, "a.b.c"):
        assert (await Visitor(widget, credentials).get("conversation")).status_code == 401
    assert not await User.objects.filter(is_visitor=True).aexists()


@pytest.mark.parametrize("without", [{"published": None}, {"archived": timezone.now()}, {}], ids=["nothing live", "archived", "off"])
async def test_one_that_is_off_or_has_nothing_live_answers_no_visitor(
    widget: Widget, openai: ScriptedOpenAI, without: dict[str, Any]
) -> None:
    if without:
        await SystemPrompt.objects.filter(widgets=widget).aupdate(**without)
    else:
        await Widget.objects.aupdate(active=False)
    assert (await Visitor(widget).get("conversation")).status_code == 404
    script = await AsyncClient().get(f"/widget/{widget.key}.js")
    assert script.status_code == 200 and b"start(" not in script.content


async def test_rates_hold_and_say_when_to_come_back(widget: Widget, openai: ScriptedOpenAI) -> None:
    widget.visitor_messages_per_day, widget.messages_per_day, widget.new_visitors_per_minute = 2, 3, 2
    await widget.asave()
    visitor = Visitor(widget)

    async def refused(who: Visitor) -> str:
        response = await who.post("messages", asked())
        assert response.status_code == 429 and response["Access-Control-Expose-Headers"] == "Retry-After", response.content
        wait, said = int(response["Retry-After"]), str(response.json()["error"]["message"])
        assert 7 * 3600 < wait <= 12 * 3600 if "in a day" in said else 0 < wait <= 60
        return said

    for _ in range(3):
        openai.script(Text("Yes."), Finish())
    first, second = asked(), Visitor(widget)
    await events(await visitor.post("messages", first))
    await events(await visitor.post("messages", asked()))
    assert "in a day" in await refused(visitor)
    assert (await events(await visitor.post("messages", first)))[-1]["message"]["text"] == "Yes."  # what is sent again counts nothing
    await events(await second.post("messages", asked()))
    assert "in a day" in await refused(second)  # of all together
    assert "first time" in await refused(Visitor(widget))
    assert len(openai.streams) == 3


async def test_the_limits_of_its_group_count_a_visitor(widget: Widget) -> None:
    visitor = await sync_to_async(visitors.admitted)(Identity(widget, "a"), None)
    allowed = {one.subject: one for one in await sync_to_async(in_force.applying)(visitor.pk)}
    alone = allowed[f"user:{visitor.pk}"]
    assert (alone.messages_per_minute, alone.concurrent_replies, allowed[f"group:{widget.group_id}"].cost) == (60, 2, 10 * NANO)


async def test_few_are_new_from_one_address_which_is_not_kept(widget: Widget, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "NEW_FROM_ADDRESS_PER_MINUTE", 1)
    new = sync_to_async(visitors.admitted)
    await new(Identity(widget, "a"), "192.0.2.1")
    with pytest.raises(Refused, match="for the first time"):
        await new(Identity(widget, "b"), "192.0.2.1")
    await new(Identity(widget, "b"), "192.0.2.2")
    assert await MessageRate.objects.acount() == 3 and not await MessageRate.objects.filter(subject__contains="192.0.2").aexists()


async def test_a_user_of_the_host_finds_the_conversation_on_each_device(widget: Widget, openai: ScriptedOpenAI) -> None:
    widget.visitors_are = Visitors.SIGNED
    widget.take(secret := signed_tokens.new_secret())
    await widget.asave()
    openai.script(Text("Yes."), Finish())
    await events(await Visitor(widget, sign("ada", "Ada", secret, widget)).post("messages", asked()))
    phone = Visitor(widget, sign("ada", "Ada Lovelace", secret, widget))
    assert [one["text"] for one in (await phone.shown())["messages"]] == ["Boots?", "Yes."]
    assert (await Visitor(widget, sign("bob", "Bob", secret, widget)).shown())["messages"] == []
    assert (await Visitor(widget).get("conversation")).status_code == 401  # a secret of a browser's own is no token of a host's
    assert (await Visitor(widget, sign("ada", "Ada", "another", widget)).get("conversation")).status_code == 401
    known = await WidgetVisitor.objects.select_related("user").aget()
    assert (known.subject, known.user.first_name) == ("ada", "Ada")


def sign(subject: str, name: str, secret: str, widget: Widget) -> str:
    return signed_tokens.sign(Claims(subject, name), secret, widget.key)
