"""Reload, a second tab, another browser of the same user: all get the same text, and what follows."""

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from conversations.models import Message, User
from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Text
from tests.support.socket_client import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]


async def test_a_tab_that_comes_in_the_middle_catches_up_and_goes_on(alice: User, openai: ScriptedOpenAI) -> None:
    gates = [Gate(), Gate()]
    openai.script(Text("One "), Hold(gates[0]), Text("two "), Hold(gates[1]), Text("three"), Finish())
    async with Socket(alice) as first, Socket(alice) as second:
        accepted = await first.send("Count")
        await first.until("delta")
        await second.command("watch", conversation=accepted["conversation"])
        snapshot = await second.until("snapshot")
        assert (snapshot["status"], snapshot["end"], snapshot["parts"]) == ("streaming", 4, [{"type": "text", "text": "One "}])
        gates[0].open()
        await second.until("delta")
        async with Socket(alice) as third:
            await third.command("watch", conversation=accepted["conversation"])
            await third.until("snapshot")
            gates[1].open()
            for socket in (first, second, third):
                await socket.until("finished")
                assert socket.text(accepted["reply"]) == "One two three"
                assert socket.resyncs == 0
    assert (await Message.objects.aget(pk=accepted["reply"])).text == "One two three"


async def test_who_comes_after_the_end_gets_the_end(alice: User, openai: ScriptedOpenAI) -> None:
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
    async with Socket(alice) as later:
        await later.command("watch", conversation=finished["conversation"])
        snapshot = await later.until("snapshot")
        assert (snapshot["status"], snapshot["end"]) == ("complete", finished["end"])
        assert later.text(finished["message"]) == "You said: Hello"


async def test_messages_of_one_tab_reach_the_others_that_watch(alice: User, openai: ScriptedOpenAI) -> None:
    async with Socket(alice) as first, Socket(alice) as second, Socket(alice) as elsewhere:
        begun = await first.answer("Hello")
        await second.command("watch", conversation=begun["conversation"])
        await second.until("snapshot")
        accepted = await first.send("More", begun["conversation"])
        question = await second.until("message")
        assert question["message"]["parts"] == [{"type": "text", "text": "More"}]
        assert question["message"]["parent"] == begun["message"]
        await second.until("finished", message=accepted["reply"])
        assert second.text(accepted["reply"]) == "You said: More"
        entry = await elsewhere.until("conversation", title="A fitting title")
        assert entry["conversation"] == begun["conversation"]
        assert not any(frame["type"] in ("message", "delta") for frame in elsewhere.frames)


async def test_unwatching_ends_it(alice: User, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("One "), Hold(gate), Text("two"), Finish())
    async with Socket(alice) as first, Socket(alice) as second:
        accepted = await first.send("Count")
        await first.until("delta")
        await second.command("watch", conversation=accepted["conversation"])
        await second.until("snapshot")
        await second.command("unwatch", conversation=accepted["conversation"])
        await second.command("watch", conversation="00000000-0000-7000-8000-000000000000")
        assert (await second.next())["code"] == "not_found"  # so the unwatch is through
        gate.open()
        await first.until("finished")
        await second.until("conversation", running=False)
        assert not any(frame["type"] == "delta" for frame in second.frames)


async def test_renaming_and_deleting_reach_every_tab(alice: User, openai: ScriptedOpenAI) -> None:
    client = Client()
    async with Socket(alice, client=client) as one, Socket(alice) as two:
        begun = await one.answer("Hello")
        await two.until("conversation", title="A fitting title")
        address = f"/c/{begun['conversation']}/"

        async def post(what: str, body: object) -> Any:
            return await sync_to_async(client.post)(f"{address}{what}/", json.dumps(body), content_type="application/json")

        answer = await post("rename", {"title": "  My   own\ntitle "})
        assert answer.json()["title"] == "My own title"
        await two.until("conversation", title="My own title")
        assert (await post("rename", {"title": " "})).status_code == 400
        assert (await post("rename", {"title": "x" * 500})).status_code == 400
        await post("delete", {})
        await two.until("conversation", removed=True)
    assert await Message.objects.acount() == 0


async def test_deleting_a_conversation_stops_what_runs_in_it(alice: User, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("One "), Hold(gate), Text("two"), Finish())
    client = Client()
    async with Socket(alice, client=client) as socket:
        accepted = await socket.send("Count")
        await socket.until("delta")
        await sync_to_async(client.post)(f"/c/{accepted['conversation']}/delete/", "{}", content_type="application/json")
        assert await openai.streams[-1].client_left() < 1
        await socket.until("conversation", removed=True)
    assert await Message.objects.acount() == 0
