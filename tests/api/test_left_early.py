"""A client that leaves before the first event, or right after it, leaves nothing behind that listens for the rest of the answer."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from conversations.models import Conversation
from conversations.processes import supervisor
from tests.api.test_responses import ask
from tests.support import widget_visitors
from tests.support.api import Headers
from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Text

pytestmark = pytest.mark.django_db(transaction=True)


async def response(program: Headers) -> Any:
    return await ask(program, store=True, stream=True)


async def chat(program: Headers) -> Any:
    message = {"id": "1", "role": "user", "parts": [{"type": "text", "text": "Hello"}]}
    body = {"id": "a", "messages": [message], "model": "pirate", "store": True}
    return await AsyncClient().post("/api/chat", body, content_type="application/json", headers=program)


async def widget(program: Headers) -> Any:
    there = widget_visitors.Visitor(await sync_to_async(widget_visitors.widget)())
    return await there.post("messages", {"id": str(uuid.uuid4()), "text": "Hello"})


async def watchers() -> int:
    conversation, hub = await Conversation.objects.aget(), supervisor.current().hub
    return sum(len(hub.watchers_of(topic)) for topic in (conversation.pk, conversation.owner_id))


@pytest.mark.parametrize("seen", [0, 1])
@pytest.mark.parametrize("asked", [response, chat, widget])
async def test_it_is_not_listened_for(program: Headers, openai: ScriptedOpenAI, asked: Callable[[Headers], Any], seen: int) -> None:
    gate = Gate()
    openai.script(Text("Ahoy "), Hold(gate), Finish())
    stream = aiter(await asked(program))
    assert await watchers()
    for _ in range(seen):
        await anext(stream)
    await stream.aclose()
    del stream
    for _ in range(3):
        await asyncio.sleep(0)  # a generator that is forgotten is closed by a task
    assert not await watchers()
    gate.open()
