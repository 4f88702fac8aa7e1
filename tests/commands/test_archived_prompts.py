"""A conversation goes on with a prompt that was archived; a new one can't begin with it."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from conversations.models import SystemPrompt, User
from conversations.studio import archiving
from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_conversation_goes_on_and_a_new_one_is_refused(alice: User, openai: ScriptedOpenAI) -> None:
    prompt = await SystemPrompt.objects.acreate(slug="old", name="Old")
    await sync_to_async(prompt.publish)(text="Be old.")
    async with Socket(alice) as socket:
        conversation = (await socket.answer("One", prompt="old"))["conversation"]
        await sync_to_async(archiving.archive)(prompt)
        await socket.answer("Two", conversation)
        await socket.command("send", text="Three", prompt="old")
        assert (await socket.next_error())["code"] == "invalid"
    assert [one.system for one in openai.streams if "title" not in one.system.lower()] == ["Be old.", "Be old."]
