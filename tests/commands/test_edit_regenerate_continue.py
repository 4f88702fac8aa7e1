"""The tree: editing makes a sibling of the message, regenerating one of the answer; continuing keeps the message."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from conversations.generation import history
from conversations.models import Message, User
from conversations.processes import supervisor
from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Stay, Text
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _its_user_decides(settings: Any) -> None:
    settings.OPENAI_RECONNECT = False  # an answer that broke off stays as it is until it is continued


async def shown(client: Client, conversation: str) -> list[str]:
    """The texts of the chosen path, as the page gets them."""
    answer = await sync_to_async(client.get)(f"/c/{conversation}/messages/")
    return ["".join(part["text"] for part in message["parts"]) for message in answer.json()["messages"]]


@pytest.mark.every_database
async def test_edit_makes_a_sibling_with_an_answer_of_its_own(alice: User, openai: ScriptedOpenAI) -> None:
    client = Client()
    async with Socket(alice, client=client) as socket:
        first = await socket.send("Frist")
        await socket.until("finished")
        request = await socket.command("edit", message=first["message"], text="First")
        edited = await socket.until("accepted", id=request)
        question = (await socket.until("message"))["message"]
        assert question["siblings"] == [first["message"], edited["message"]]
        assert question["parent"] is None
        await socket.until("finished", message=edited["reply"])
        assert await shown(client, first["conversation"]) == ["First", "You said: First"]
        back = await sync_to_async(client.post)(
            f"/c/{first['conversation']}/leaf/", json.dumps({"message": first["message"]}), content_type="application/json"
        )
        assert [message["parts"][0]["text"] for message in back.json()["messages"]] == ["Frist", "You said: Frist"]
        assert await shown(client, first["conversation"]) == ["Frist", "You said: Frist"]
        follow = await socket.send("And then?", first["conversation"], parent=edited["reply"])
        await socket.until("finished", message=follow["reply"])
        assert await shown(client, first["conversation"]) == ["First", "You said: First", "And then?", "You said: And then?"]


@pytest.mark.every_database
async def test_regenerate_makes_another_answer(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("Answer one"), Finish())
    openai.script(Text("Answer two"), Finish())
    client = Client()
    async with Socket(alice, client=client) as socket:
        first = await socket.answer("Question")
        request = await socket.command("regenerate", message=first["message"])
        accepted = await socket.until("accepted", id=request)
        assert accepted["reply"] != first["message"]
        message = await socket.until("message", conversation=first["conversation"])
        while message["message"]["role"] != "assistant":
            message = await socket.until("message")
        assert message["message"]["siblings"] == [first["message"], accepted["reply"]]
        await socket.until("finished", message=accepted["reply"])
        assert await shown(client, first["conversation"]) == ["Question", "Answer two"]
        again = await socket.command("regenerate", message=first["message"], id=request)
        assert (await socket.until("accepted", id=again))["reply"] == accepted["reply"]
    assert await Message.objects.filter(role="assistant").acount() == 2


@pytest.mark.every_database
async def test_continue_goes_on_in_the_same_message(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("One, two,"), Stay())
    openai.script(Text(" three."), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("Count")
        await socket.until("delta")
        await socket.command("stop", message=accepted["reply"])
        await socket.until("finished")
        request = await socket.command("continue", message=accepted["reply"])
        again = await socket.until("accepted", id=request)
        assert (again["reply"], again["message"]) == (accepted["reply"], accepted["message"])
        finished = await socket.until("finished", message=accepted["reply"])
        assert (finished["status"], finished["end"]) == ("complete", 16)
        assert socket.text(accepted["reply"]) == "One, two, three."
        assert socket.resyncs == 0
        await socket.command("continue", message=accepted["reply"])
        assert (await socket.next_error())["code"] == "invalid"
    reply = await Message.objects.aget(pk=accepted["reply"])
    assert reply.parts == [{"type": "text", "text": "One, two, three."}]
    assert reply.usage["estimated"] is True  # its first part was
    assert reply.usage["output_tokens"] == 3 + 7
    spoken = next(r for r in openai.streams if r.question == history.continue_instruction("One, two,"))
    assert "One, two," in str(spoken.body)


@pytest.mark.parametrize(
    ("again", "whole"),
    [
        (("One, ", "two, ", "three."), "One, two, three."),
        (("“One, two,” three.",), "One, two, three."),
        (("three.",), "One, two, three."),
        (("One,",), "One, two, One,"),
    ],
)
async def test_going_on_leaves_no_seam(alice: User, openai: ScriptedOpenAI, again: tuple[str, ...], whole: str) -> None:
    openai.script(Text("One, two,"), Stay())
    openai.script(*map(Text, again), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("Count")
        await socket.until("delta")
        await socket.command("stop", message=accepted["reply"])
        await socket.until("finished")
        await socket.command("continue", message=accepted["reply"])
        await socket.until("finished", message=accepted["reply"])
        assert socket.text(accepted["reply"]) == whole
    reply = await Message.objects.aget(pk=accepted["reply"])
    assert reply.text == whole


async def test_a_provider_that_is_given_the_beginning_goes_on_with_it(alice: User, openai: ScriptedOpenAI, settings: Any) -> None:
    settings.OPENAI_RESUME = "prefix"
    openai.script(Text("You said: "), Stay())
    async with Socket(alice) as socket:
        accepted = await socket.send("You said")
        await socket.until("delta")
        await socket.command("stop", message=accepted["reply"])
        await socket.until("finished")
        await socket.command("continue", message=accepted["reply"])
        await socket.until("finished", message=accepted["reply"])
        assert socket.text(accepted["reply"]) == "You said: You said"
    asked = openai.streams[1]
    assert (asked.prefix, asked.question) == ("You said:", "You said")


@pytest.mark.parametrize("openai", ["responses"], indirect=True)
async def test_words_that_are_held_back_at_the_seam_are_not_past(alice: User, openai: ScriptedOpenAI, settings: Any) -> None:
    """The process that takes up the stream must get them again."""
    settings.OPENAI_RESUME = "background"
    held, said = Gate(), Gate()
    openai.script(Text("One, two,"), Stay())
    openai.script(Text("One, "), Hold(held), Text("two, three"), Hold(said), Text("."), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("Count")
        await socket.until("delta")
        await socket.command("stop", message=accepted["reply"])
        await socket.until("finished")
        await socket.command("continue", message=accepted["reply"])
        await held.reached()
        await asyncio.sleep(0.05)  # for the deltas to arrive
        (reply,) = supervisor.current().registry
        assert reply.upstream is None
        held.open()
        await socket.until("delta", text=" three")
        assert reply.upstream is not None
        said.open()
        await socket.until("finished", message=accepted["reply"])
        assert socket.text(accepted["reply"]) == "One, two, three."


async def test_an_answer_cut_by_its_length_can_go_on(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("A long"), Finish("length"))
    openai.script(Text(" story"), Finish())
    async with Socket(alice) as socket:
        cut = await socket.answer("Tell")
        assert (cut["status"], cut["finish_reason"]) == ("complete", "length")
        await socket.command("continue", message=cut["message"])
        await socket.until("finished", message=cut["message"])
        assert socket.text(cut["message"]) == "A long story"


@pytest.mark.every_database
async def test_while_an_answer_runs_nothing_follows_it_or_goes_on_with_it(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("Still "), Stay())
    async with Socket(alice) as socket:
        accepted = await socket.send("Go")
        await socket.until("delta")
        for command, fields in (
            ("send", {"conversation": accepted["conversation"], "text": "More"}),
            ("continue", {"message": accepted["reply"]}),
        ):
            await socket.command(command, **fields)
            assert (await socket.next_error())["code"] == "busy", command


@pytest.mark.every_database
@pytest.mark.parametrize("command", ["edit", "regenerate"])
async def test_another_answer_in_its_place_ends_the_running_one_and_keeps_what_it_said(
    alice: User, openai: ScriptedOpenAI, command: str
) -> None:
    openai.script(Text("Still "), Stay())
    openai.script(Text("Otherwise"), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("Go")
        await socket.until("delta")
        request = await socket.command(command, message=accepted["message" if command == "edit" else "reply"], text="Go differently")
        fresh = await socket.until("accepted", id=request)
        ends = {}
        while len(ends) < 2:
            finished = await socket.until("finished")
            ends[finished["message"]] = finished["status"]
        assert ends == {accepted["reply"]: "stopped", fresh["reply"]: "complete"}
        assert [socket.text(reply) for reply in (accepted["reply"], fresh["reply"])] == ["Still ", "Otherwise"]
    await openai.streams[0].client_left(1)


@pytest.mark.every_database
async def test_an_answer_that_was_followed_by_more_is_not_continued(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("Half"))
    async with Socket(alice) as socket:
        broken = await socket.answer("One")
        await socket.answer("Two", broken["conversation"])
        await socket.command("continue", message=broken["message"])
        assert (await socket.next_error())["code"] == "invalid"


@pytest.mark.every_database
async def test_each_command_counts_once_whatever_came_in_between(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("Answer"), Finish())
    openai.script(Text("Half"))
    openai.script(Text(" and half"), Finish())
    async with Socket(alice) as socket:
        first = await socket.answer("Question")
        again = await socket.command("regenerate", message=first["message"])
        broken = await socket.until("finished", status="interrupted")
        going_on = await socket.command("continue", message=broken["message"])
        await socket.until("finished", status="complete")
        for command, request in (("regenerate", again), ("continue", going_on)):
            await socket.command(command, id=request, message=first["message"])
            assert (await socket.until("accepted", id=request))["reply"] == broken["message"]
        assert socket.text(broken["message"]) == "Half and half"
    assert await Message.objects.filter(role="assistant").acount() == 2


async def test_commands_for_the_wrong_kind_of_message_are_refused(alice: User, openai: ScriptedOpenAI) -> None:
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello")
        await socket.until("finished")
        for command, message in (("edit", accepted["reply"]), ("regenerate", accepted["message"]), ("continue", accepted["message"])):
            await socket.command(command, message=message, text="x")
            assert (await socket.next_error())["code"] == "invalid", command
