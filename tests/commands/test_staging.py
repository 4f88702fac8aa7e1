"""Versions labelled `staging` answer whom a permission lets them; the right is asked for with each message, and other users don't see them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group, Permission
from django.test import Client

from conversations.models import Audience, Conversation, Message, PromptVersion, SystemPrompt, User
from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)
LEFT = "The version that was tried here isn’t available any more, so the assistant’s live version answers."
MISSING = "That assistant isn’t available any more. Choose another one."
GROUP = "Prompt writer"


@pytest.fixture
async def staged(alice: User) -> PromptVersion:
    """Version 2 of the default prompt, which alice may chat with."""
    await alice.groups.aadd(await Group.objects.aget(name=GROUP))
    return await publish("Be staged.")


async def publish(text: str, label: str = "staging", **content: Any) -> PromptVersion:
    prompt = await SystemPrompt.objects.aget(is_default=True)
    return await sync_to_async(prompt.publish)(text=text, label=label, **content)


def named(version: PromptVersion, by: str = "") -> str:
    return f"{by or version.prompt_id}:staging"


def systems(openai: ScriptedOpenAI) -> list[str]:
    return [request.system for request in openai.streams if "title" not in request.system.lower()]


def offered(user: User) -> dict[str, tuple[str, list[str]]]:
    client = Client()
    client.force_login(user)
    return {
        one["id"] if isinstance(one["id"], str) else "": (one["name"], one["starters"])
        for one in client.get("/").context["page"]["prompts"]
    }


async def test_a_conversation_follows_the_label_and_says_which_version_answered(
    alice: User, staged: PromptVersion, openai: ScriptedOpenAI
) -> None:
    async with Socket(alice) as socket:
        first = await socket.answer("One", prompt=named(staged))
        conversation = first["conversation"]
        await publish("Be live.", "live")
        newer = await publish("Be staged again.")
        second = await socket.answer("Two", conversation)
        await socket.answer("Three", prompt=named(staged, "assistant"))
        await socket.answer("Four", prompt="assistant")
        await socket.answer("Five", conversation, prompt="assistant")
    assert systems(openai) == ["Be staged.", "Be staged again.", "Be staged again.", "Be live.", "Be live."]
    told = [(await Message.objects.aget(pk=one["message"])).prompt_version_id for one in (first, second)]
    assert told == [staged.pk, newer.pk]


async def test_who_has_not_the_right_neither_sees_nor_reaches_it(
    alice: User, bob: User, staged: PromptVersion, openai: ScriptedOpenAI
) -> None:
    assert (await sync_to_async(offered)(alice))[named(staged)] == ("Assistant (staging)", [])
    assert set(await sync_to_async(offered)(bob)) == {""}
    async with Socket(bob) as socket:
        for name in (named(staged), "assistant:staging", "nothing:staging", ":staging"):
            await socket.command("send", text="Hello", conversation=None, prompt=name)
            assert (await socket.next_error())["detail"] == MISSING
    client = Client()
    await sync_to_async(client.force_login)(bob)
    answer = await sync_to_async(client.get)("/variables/", {"prompt": named(staged)})
    assert answer.status_code != 200
    assert not await Conversation.objects.aexists()


@pytest.mark.parametrize("lost", ["right", "group", "label"])
async def test_where_the_right_or_the_label_is_taken_away_the_live_version_answers_from_then_on(
    alice: User, staged: PromptVersion, openai: ScriptedOpenAI, lost: str
) -> None:
    await publish("Be live.", "live")
    async with Socket(alice) as socket:  # which stays open
        conversation = (await socket.answer("One", prompt=named(staged)))["conversation"]
        if lost == "right":
            await alice.groups.aclear()
        elif lost == "group":
            await (await Group.objects.aget(name=GROUP)).adelete()
        else:
            await sync_to_async(staged.prompt.point)("staging", None)
        accepted = await socket.send("Two", conversation)
        assert accepted["notice"] == LEFT
        await socket.until("finished", message=accepted["reply"])
        request = await socket.command("regenerate", message=accepted["reply"])
        again = await socket.until("accepted", id=request)
        assert not again.get("notice")
        await socket.until("finished", message=again["reply"])
    assert systems(openai) == ["Be staged.", "Be live.", "Be live."]
    assert not (await Conversation.objects.aget()).prompt_label


async def test_variables_are_those_of_the_staged_version(alice: User, staged: PromptVersion, openai: ScriptedOpenAI) -> None:
    await publish("{{ topic }}.", variables=[{"name": "topic", "type": "text", "required": True}])
    client = Client()
    await sync_to_async(client.force_login)(alice)
    answer = await sync_to_async(client.get)("/variables/", {"prompt": named(staged)})
    assert [one["name"] for one in answer.json()["variables"]] == ["topic"]
    async with Socket(alice) as socket:
        conversation = (await socket.answer("One", prompt=named(staged), variables={"topic": "Owls"}))["conversation"]
    assert systems(openai) == ["Owls."]
    answer = await sync_to_async(client.get)(f"/c/{conversation}/variables/")
    assert (answer.json()["values"], len(answer.json()["variables"])) == ({"topic": "Owls"}, 1)


async def test_a_prompt_that_the_user_may_not_choose_is_not_staged_for_them_either(
    alice: User, staged: PromptVersion, openai: ScriptedOpenAI
) -> None:
    other = await SystemPrompt.objects.acreate(slug="other", name="Other", audience=Audience.NOBODY)
    for label in ("live", "staging"):
        await sync_to_async(other.publish)(text="Hidden.", label=label)
    assert set(await sync_to_async(offered)(alice)) == {"", named(staged)}
    async with Socket(alice) as socket:
        await socket.command("send", text="Hello", conversation=None, prompt="other:staging")
        assert (await socket.next_error())["detail"] == MISSING


def test_the_ready_groups_have_the_right_unless_they_were_changed(db: None) -> None:
    from django.apps import apps
    from django.db import connection

    stage = Permission.objects.get(codename="stage_systemprompt")
    having = Group.objects.filter(permissions=stage)
    assert set(having.values_list("name", flat=True)) == {"Prompt writer", "Prompt publisher"}
    stage.group_set.clear()
    Permission.objects.get(codename="experiment_systemprompt").group_set.clear()  # of a later migration
    Group.objects.get(name=GROUP).permissions.add(Permission.objects.get(codename="view_attempt"))
    migration = __import__("conversations.migrations.0044_chatting_with_what_is_staged", fromlist=["give_the_right"])
    migration.give_the_right(apps, SimpleNamespace(connection=connection))
    assert set(having.values_list("name", flat=True)) == {"Prompt publisher"}
