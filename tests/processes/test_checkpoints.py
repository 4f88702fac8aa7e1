"""Checkpoints save a reply while it is generated; an expired lease decides what follows."""

import asyncio
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.utils import timezone

from conversations.models import Message, User
from conversations.processes import checkpoints, completion, leases, recovery
from conversations.processes.supervisor import Supervisor
from tests.support.loop_clock import LoopClock
from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Stay, Text
from tests.support.socket_client import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]


async def test_what_was_said_is_saved_on_the_beat(alice: User, openai: ScriptedOpenAI, process: Supervisor) -> None:
    gates = [Gate(), Gate()]
    openai.script(Text("One "), Hold(gates[0]), Text("two "), Hold(gates[1]), Text("three"), Finish())
    openai.script(Text("Other "), Stay())
    async with Socket(alice) as socket, Socket(alice) as other:
        accepted = await socket.send("Count")
        await socket.until("delta")
        elsewhere = await other.send("Something else")
        await other.until("delta")
        await checkpoints.save(process.registry)
        reply = await Message.objects.aget(pk=accepted["reply"])
        assert (reply.status, reply.text) == ("streaming", "One ")
        assert reply.first_token
        assert reply.lease_holder == leases.HOLDER
        assert (await Message.objects.aget(pk=elsewhere["reply"])).text == "Other "
        gates[0].open()
        await socket.until("delta")
        await checkpoints.save(process.registry)
        assert (await Message.objects.aget(pk=accepted["reply"])).text == "One two "
        gates[1].open()
        assert (await socket.until("finished"))["status"] == "complete"


async def test_the_beat_runs_by_itself(alice: User, openai: ScriptedOpenAI, monkeypatch) -> None:
    monkeypatch.setattr(checkpoints, "INTERVAL_SECONDS", 0.01)
    openai.script(Text("One "), Stay())
    async with Socket(alice) as socket:
        accepted = await socket.send("Count")
        await socket.until("delta")
        while not (await Message.objects.aget(pk=accepted["reply"])).parts:
            pass


async def test_a_lost_reply_is_marked_once_and_can_be_continued(alice: User, openai: ScriptedOpenAI, process: Supervisor) -> None:
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        lost = Message.objects.filter(pk=finished["message"])
        past = timezone.now() - timedelta(seconds=1)
        await lost.aupdate(
            status="streaming",
            lease_until=past,
            lease_holder=finished["message"],
            parts=[{"type": "text", "text": "You sa"}],
            usage=None,
        )
        claims = [await sync_to_async(recovery.claim)(process.registry, [finished["message"]]) for _ in range(2)]
        assert [len(claimed) for claimed in claims] == [1, 0]
        saved = await lost.aget()
        assert (saved.status, saved.error_kind, saved.text) == ("interrupted", "lost", "You sa")
        assert saved.usage["estimated"]
        openai.script(Text("You said: Hello"), Finish())
        await socket.command("continue", message=finished["message"])
        await socket.until("finished", status="complete")
        assert socket.text(finished["message"]) == "You said: Hello"


async def test_whoever_comes_to_a_lost_reply_is_told_at_once(alice: User, openai: ScriptedOpenAI) -> None:
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
    past = timezone.now() - timedelta(seconds=1)
    await Message.objects.filter(pk=finished["message"]).aupdate(status="streaming", lease_until=past, lease_holder=finished["message"])
    async with Socket(alice) as later:
        await later.command("watch", conversation=finished["conversation"])
        assert (await later.until("snapshot"))["status"] == "interrupted"


async def test_a_reply_that_still_runs_here_is_not_lost(alice: User, openai: ScriptedOpenAI, process: Supervisor) -> None:
    openai.script(Text("One "), Stay())
    async with Socket(alice) as socket:
        accepted = await socket.send("Count")
        await socket.until("delta")
        await Message.objects.filter(pk=accepted["reply"]).aupdate(lease_until=timezone.now() - timedelta(seconds=1))
        assert await sync_to_async(recovery.claim)(process.registry, [accepted["reply"]]) == []


async def test_if_another_process_took_us_for_dead_what_was_said_wins(alice: User, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("One "), Hold(gate), Text("two"), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("Count")
        await socket.until("delta")
        await Message.objects.filter(pk=accepted["reply"]).aupdate(status="interrupted", lease_until=None, error_kind="interrupted")
        gate.open()
        assert (await socket.until("finished"))["status"] == "complete"
    saved = await Message.objects.aget(pk=accepted["reply"])
    assert (saved.status, saved.text, saved.error_kind) == ("complete", "One two", "")


async def test_a_database_that_is_away_for_a_moment_costs_nothing(alice: User, openai: ScriptedOpenAI, monkeypatch) -> None:
    gate = Gate()
    openai.script(Text("One "), Hold(gate), Text("two"), Finish())
    failures = []

    def away_twice(working):
        def write(*arguments):
            if len(failures) < 2:
                failures.append(1)
                raise OperationalError("database is locked")
            return working(*arguments)

        return write

    async with Socket(alice) as socket:
        accepted = await socket.send("Count")
        await socket.until("delta")
        monkeypatch.setattr(completion, "_finish", away_twice(completion._finish))
        gate.open()
        assert (await socket.until("finished"))["status"] == "complete"
    assert len(failures) == 2
    assert (await Message.objects.aget(pk=accepted["reply"])).text == "One two"


async def test_a_command_that_is_under_way_is_not_lost_by_draining(
    alice: User, openai: ScriptedOpenAI, process: Supervisor, monkeypatch
) -> None:
    openai.script(Text("Here"), Finish())
    async with Socket(alice) as socket:
        await socket.command("send", text="Quick", conversation=None)
        while not process._commands:  # noqa: ASYNC110  (it is there for a moment only)
            await asyncio.sleep(0)
        await process.drain(30)
        assert (await socket.until("finished"))["status"] == "complete"


async def test_draining_lets_replies_finish_and_saves_the_rest(
    alice: User, openai: ScriptedOpenAI, process: Supervisor, monkeypatch
) -> None:
    gate = Gate()
    openai.script(Text("One "), Hold(gate), Text("two"), Finish())
    openai.script(Text("Endless "), Stay())
    async with Socket(alice) as socket, Socket(alice) as other:
        finishing = await socket.send("Count")
        await socket.until("delta")
        endless = await other.send("Go on")
        await other.until("delta")
        clock = LoopClock(monkeypatch)
        draining = asyncio.ensure_future(process.drain(30))
        gate.open()
        assert (await socket.until("finished", message=finishing["reply"]))["status"] == "complete"
        assert not draining.done()
        clock.passed += 30
        await draining
        assert (await other.until("finished", message=endless["reply"]))["status"] == "interrupted"
        await socket.command("send", text="More", conversation=None)
        assert (await socket.next_error())["code"] == "draining"
    assert (await Message.objects.aget(pk=endless["reply"])).text == "Endless "


async def test_a_beat_goes_on_whatever_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    went: list[int] = []
    enough = asyncio.Event()

    async def save(replies: object) -> None:
        went.append(1)
        if len(went) > 1:
            enough.set()
        raise TypeError("A mistake of ours.")

    monkeypatch.setattr(checkpoints, "save", save)
    monkeypatch.setattr(checkpoints, "INTERVAL_SECONDS", 0.01)
    beating = asyncio.create_task(checkpoints.save_periodically([]))
    async with asyncio.timeout(15):
        await enough.wait()
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
