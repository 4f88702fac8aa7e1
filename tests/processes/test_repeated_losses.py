"""A reply that takes its process with it is taken over once, and not by one process after the other; what it said stays."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from conversations.models import Message, User
from conversations.processes import recovery
from conversations.processes.registry import Registry
from conversations.processes.supervisor import Supervisor
from conversations.providers.errors import sentence
from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Text
from tests.support.socket_client import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]


async def claimed(reply: str, *, holder: uuid.UUID | None, said: str = "") -> Message:
    """As another process finds it, after its holder has gone."""
    parts = [{"type": "text", "text": said}] if said else []
    past = timezone.now() - timedelta(seconds=1)
    await Message.objects.filter(pk=reply).aupdate(
        status="streaming" if said else "pending", lease_holder=holder, lease_until=past, parts=parts, usage=None
    )
    (message,) = await sync_to_async(recovery.claim)(Registry(), [uuid.UUID(reply)])
    return message


@pytest.mark.parametrize("said", ["", "You sa"])
async def test_it_is_taken_over_once(alice: User, openai: ScriptedOpenAI, settings, said: str) -> None:
    settings.OPENAI_RESUME = "prefix"
    async with Socket(alice) as socket:
        finished = await socket.answer("Hello")
        reply = finished["message"]
        assert (await claimed(reply, holder=uuid.uuid4(), said=said)).is_running
        lost = await claimed(reply, holder=uuid.uuid4(), said=said)
        assert (lost.status, lost.error_kind, lost.text, lost.lease_until) == ("interrupted", "lost_again", said, None)
        await socket.command("watch", conversation=finished["conversation"])
        told = await socket.until("snapshot")
        assert told["status"] == "interrupted"
        openai.script(Text("id: Hello" if said else "You said: Hello"), Finish())
        await socket.command("continue", message=reply)
        await socket.until("finished", status="complete")
        assert socket.text(reply) == "You said: Hello"
        assert (await claimed(reply, holder=uuid.uuid4(), said=said)).is_running, "Who asks again has it tried again."
    assert "saved" in sentence("lost_again") != sentence("lost")


async def test_what_processes_hand_over_is_not_lost(alice: User, openai: ScriptedOpenAI) -> None:
    async with Socket(alice) as socket:
        reply = (await socket.answer("Hello"))["message"]
    for _ in range(12):
        assert (await claimed(reply, holder=None)).is_running
    assert (await claimed(reply, holder=uuid.uuid4())).is_running
    assert (await claimed(reply, holder=None)).is_running
    assert not (await claimed(reply, holder=uuid.uuid4())).is_running


async def test_a_process_that_drains_gives_its_replies_up(alice: User, openai: ScriptedOpenAI, process: Supervisor) -> None:
    gate = Gate()
    openai.script(Hold(gate), Text("One"), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("Count")
        await gate.reached()
        await process.drain(0)
        left = await Message.objects.aget(pk=accepted["reply"])
        assert (left.status, left.lease_holder) == ("pending", None)
        (message,) = await sync_to_async(recovery.claim)(process.registry, [left.pk])
        assert (message.is_running, message.losses) == (True, 0)
