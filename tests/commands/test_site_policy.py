"""The site policy stands before each prompt's text, and an answer keeps which one it was told."""

from __future__ import annotations

from datetime import datetime

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from conversations.models import Fragment, Message, PromptVersion, Role, SystemPrompt, User
from conversations.rendering import fragments, told
from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)


def systems(openai: ScriptedOpenAI) -> list[str]:
    return [request.system for request in openai.streams if "title" not in request.system.lower()]


async def mark(fragment: Fragment, since: datetime | None) -> None:
    await Fragment.objects.filter(pk=fragment.pk).aupdate(policy_since=since)
    fragments.forget_served_policy()


async def test_it_stands_before_what_any_version_says(alice: User, openai: ScriptedOpenAI) -> None:
    prompt = await SystemPrompt.objects.aget(is_default=True)
    policy = await Fragment.objects.acreate(name="policy")
    await sync_to_async(policy.publish)("For {{ user.name }}: obey {{> law }}.")
    law = await Fragment.objects.acreate(name="law")
    await sync_to_async(law.publish)("the law")
    await sync_to_async(prompt.publish)(
        text="Hello {{ site }}.", examples=[{"role": "user", "text": "a"}, {"role": "assistant", "text": "b"}]
    )
    async with Socket(alice) as socket:
        conversation = (await socket.answer("One"))["conversation"]
        await mark(policy, timezone.now())
        await socket.answer("Two", conversation)
        await sync_to_async(policy.publish)("Be good.")
        as_it_is = await sync_to_async(prompt.publish)(text="{{ as it is }}")
        await PromptVersion.objects.filter(pk=as_it_is.pk).aupdate(is_template=False)
        await socket.answer("Three", conversation)
        await sync_to_async(prompt.publish)(text="")
        await socket.answer("Four", conversation)
        await mark(policy, None)
        await PromptVersion.objects.filter(pk=as_it_is.pk).aupdate(is_template=False)
        await sync_to_async(prompt.point)("live", as_it_is)
        await socket.answer("Five", conversation)
    hello = systems(openai)[0]
    assert hello.startswith("Hello ")
    law_first = f"For alice: obey the law.\n\n{hello}"
    assert systems(openai) == [hello, law_first, "Be good.\n\n{{ as it is }}", "Be good.", "{{ as it is }}"]
    replies = [
        one async for one in Message.objects.filter(role=Role.ASSISTANT).select_related("prompt_version", "conversation").order_by("id")
    ]
    assert [(await sync_to_async(told.told)(one)).system for one in replies] == systems(openai)
    assert replies[1].filled_in == {
        "values": {"user.name": "alice", "site": hello[6:-1]},
        "fragments": {"policy": 1, "law": 1},
        "policy": "{{> policy }}",
    }
    assert replies[4].filled_in is None
