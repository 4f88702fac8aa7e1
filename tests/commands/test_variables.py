"""What users give for the variables of a prompt is put into its text, kept with the conversation, and never read as a template."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Group
from django.utils import timezone

from conversations.models import Conversation, Fragment, Message, PromptVersion, Role, SystemPrompt, User
from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)

ASKED = [
    {"name": "language", "type": "choice", "choices": ["French", "German"], "required": True},
    {"name": "topic", "type": "text", "default": "owls"},
]


async def publish(text: str, **more: Any) -> PromptVersion:
    prompt = await SystemPrompt.objects.aget(is_default=True)
    return await sync_to_async(prompt.publish)(text=text, **more)


async def fragment(name: str, text: str) -> Fragment:
    made, _ = await Fragment.objects.aget_or_create(name=name)
    await sync_to_async(made.publish)(text)
    return made


def systems(openai: ScriptedOpenAI) -> list[str]:
    return [request.system for request in openai.streams if "title" not in request.system.lower()]


async def test_values_are_put_in_kept_and_changed(alice: User, openai: ScriptedOpenAI) -> None:
    await publish("{{ language }}, {{ topic }}.", variables=ASKED)
    async with Socket(alice) as socket:
        await socket.command("send", text="Hello", conversation=None)
        error = await socket.next_error()
        assert (error["code"], error["detail"]) == ("variables", "Language is missing.")
        await socket.command("send", text="Hello", conversation=None, variables={"language": "Klingon"})
        assert (await socket.next_error())["detail"] == "Language is one of French, German."
        assert not await Conversation.objects.aexists()
        first = await socket.answer("One", variables={"language": "French", "unknown": "x"})
        conversation = first["conversation"]
        await socket.answer("Two", conversation)
        await socket.answer("Three", conversation, variables={"language": "German", "topic": "{{ user.name }}{{> secret }}"})
    assert systems(openai) == ["French, owls.", "French, owls.", "German, {{ user.name }}{{> secret }}."]
    assert (await Conversation.objects.aget()).variables == {"language": "German", "topic": "{{ user.name }}{{> secret }}"}


async def test_what_is_built_in_is_put_in_once(alice: User, openai: ScriptedOpenAI, settings: Any) -> None:
    settings.SITE_NAME = "Owls & Co"
    await fragment("secret", "SECRET")
    alice.first_name, alice.last_name = "{{> secret }}", "\r\n{{ site }}"
    await alice.asave()
    await alice.groups.aset([await Group.objects.acreate(name="Zoo"), await Group.objects.acreate(name="Ärzte")])
    await publish("{{ user.name }}|{{ user.groups }}|{{ site }}|{{ date }}")
    async with Socket(alice) as socket:
        await socket.answer("Hello")
    (system,) = systems(openai)
    assert sorted(system.split("|")[1].split(", ")) == ["Zoo", "Ärzte"]
    assert [system.split("|")[at] for at in (0, 2, 3)] == ["{{> secret }} {{ site }}", "Owls & Co", timezone.localdate().isoformat()]


async def test_fragments_are_followed_or_pinned_and_a_message_keeps_which(alice: User, openai: ScriptedOpenAI) -> None:
    tone = await fragment("tone", "Be kind.")
    await publish("{{> tone }} {{> tone@1 }}")
    async with Socket(alice) as socket:
        first = await socket.answer("One")
        await sync_to_async(tone.publish)("Be brief.")
        await socket.answer("Two", first["conversation"])
    assert systems(openai) == ["Be kind. Be kind.", "Be brief. Be kind."]
    replies = Message.objects.filter(role=Role.ASSISTANT).order_by("pk").values_list("filled_in", flat=True)
    assert [filled_in["fragments"] async for filled_in in replies] == [{"tone": 1}, {"tone": 2}]


async def test_versions_from_before_there_were_variables_are_sent_as_they_are(alice: User, openai: ScriptedOpenAI) -> None:
    prompt = await SystemPrompt.objects.aget(is_default=True)
    old = await PromptVersion.objects.acreate(prompt=prompt, number=9, text="Write {{ name }} and {{> tone }}.")
    await sync_to_async(prompt.point)("live", old)
    async with Socket(alice) as socket:
        await socket.answer("Hello")
    assert systems(openai) == ["Write {{ name }} and {{> tone }}."]


async def test_what_cannot_be_filled_in_is_never_sent(alice: User, openai: ScriptedOpenAI) -> None:
    await publish("Hello {{ nobody }}")
    async with Socket(alice) as socket:
        await socket.command("send", text="Hello", conversation=None)
        error = await socket.next_error()
    assert error["code"] == "invalid"
    assert "no variable “nobody”" in error["detail"]
    assert not openai.streams


async def test_examples_come_before_the_conversation(alice: User, openai: ScriptedOpenAI) -> None:
    said = [{"role": "user", "text": "Like {{ topic }}?"}, {"role": "assistant", "text": "Yes, {{ topic }}."}]
    await publish("Be.", examples=said, variables=ASKED[1:])
    async with Socket(alice) as socket:
        await socket.answer("Hello", variables={"topic": "mice"})
    messages = openai.streams[0].body["messages"]
    assert [(message["role"], message["content"]) for message in messages] == [
        ("system", "Be."),
        ("user", "Like mice?"),
        ("assistant", "Yes, mice."),
        ("user", "Hello"),
    ]


@pytest.mark.parametrize("wrong", [[], "x", {"a": []}, {"a": {}}, {str(number): "" for number in range(101)}])
async def test_values_of_another_shape_are_no_command(alice: User, wrong: Any) -> None:
    async with Socket(alice) as socket:
        await socket.command("send", text="Hello", conversation=None, variables=wrong)
        assert (await socket.next_error())["code"] == "bad_frame"
