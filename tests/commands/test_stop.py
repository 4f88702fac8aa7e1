"""Stop takes effect from any point, saves what was said, and closes the connection to the provider within a second."""

import asyncio

import pytest

from conversations.models import Message, User
from conversations.providers import streams
from conversations.providers.errors import ProviderError
from tests.support.scripted_openai import Answer, Finish, Gate, Hold, ScriptedOpenAI, Stay, Text
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)
on_both_wires = pytest.mark.parametrize("openai", ["chat_completions", "responses"], indirect=True)


@on_both_wires
@pytest.mark.parametrize("said", ["", "Half an ans"])
async def test_before_and_after_the_first_token(alice: User, openai: ScriptedOpenAI, said: str) -> None:
    gate = Gate()
    openai.script(*([Text(said)] if said else []), Hold(gate), Text("never sent"), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("Go on and on")
        await gate.reached()
        if said:
            await socket.until("delta")
        await socket.command("stop", message=accepted["reply"])
        assert await openai.streams[-1].client_left() < 1
        finished = await socket.until("finished", message=accepted["reply"])
    assert (finished["status"], finished["end"], finished["error"]) == ("stopped", len(said), None)
    reply = await Message.objects.aget(pk=accepted["reply"])
    assert (reply.status, reply.text) == ("stopped", said)
    assert reply.finished
    if said:
        assert reply.usage["estimated"] is True
        assert reply.usage["output_tokens"] == 3


async def test_while_the_provider_has_not_even_answered(alice: User, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.queue(Answer(before_headers=(Hold(gate), Stay())))
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello?")
        await gate.reached()
        await socket.command("stop", message=accepted["reply"])
        assert await openai.streams[-1].client_left() < 1
        assert (await socket.until("finished"))["status"] == "stopped"


@pytest.mark.every_database
async def test_at_once_after_sending(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Stay())
    async with Socket(alice) as socket:
        accepted = await socket.send("Never mind")
        await socket.command("stop", message=accepted["reply"])
        assert (await socket.until("finished"))["status"] == "stopped"


@pytest.mark.every_database
async def test_from_another_tab_and_twice(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("One"), Stay())
    async with Socket(alice) as asking, Socket(alice) as other:
        accepted = await asking.send("Count")
        await asking.until("delta")
        await other.command("stop", message=accepted["reply"])
        assert (await asking.until("finished"))["status"] == "stopped"
        await other.command("stop", message=accepted["reply"])
        again = await other.until("finished", message=accepted["reply"])
        assert (again["status"], again["end"]) == ("stopped", 3)


async def test_closing_every_tab_does_not_stop(alice: User, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("One"), Hold(gate), Text(" and two"), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("Count")
        await socket.until("delta")
    assert not openai.streams[-1].gone.is_set()
    gate.open()
    async with Socket(alice) as later:
        await later.command("watch", conversation=accepted["conversation"])
        while (await later.until("snapshot", message=accepted["reply"]))["status"] != "complete":
            await later.command("watch", conversation=accepted["conversation"])
        assert later.text(accepted["reply"]) == "One and two"


async def test_a_cancellation_that_the_http_library_takes_for_a_failure_ends_the_answer(
    alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[asyncio.Event] = [asyncio.Event()]
    real = streams.Stream.__aenter__

    async def swallowing(stream: streams.Stream) -> streams.Stream:
        entered[0].set()
        try:
            return await real(stream)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            assert task is not None
            task.uncancel()
            raise ProviderError("network", cause="Cancelled, but who knows.") from None

    monkeypatch.setattr(streams.Stream, "__aenter__", swallowing)
    openai.queue(Answer(before_headers=(Stay(),)))
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello")
        await asyncio.wait_for(entered[0].wait(), 15)
        await asyncio.sleep(0.05)  # for the request to be under way
        await socket.command("stop", message=accepted["reply"])
        finished = await socket.until("finished", message=accepted["reply"])
    assert finished["status"] == "stopped"
    assert len(openai.streams) <= 1
