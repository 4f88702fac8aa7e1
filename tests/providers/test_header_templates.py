"""Headers of a provider may name the request's user, conversation and prompt: gateways tell by them who asked what, without learning who it is."""

from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async

from conversations.models import Attempt, SystemPrompt, User
from conversations.providers import header_templates
from conversations.providers.endpoint import Api
from conversations.providers.request import Request, Turn
from conversations.routing import catalog
from tests.support.idle import until_idle
from tests.support.provider_stream import parts, provider
from tests.support.socket_client import Socket
from tests.support.two_providers import Providers

TEMPLATES = (
    ("X-Fixed", "always"),
    ("X-User", "{{ user }}"),
    ("X-Session", "chat/{{conversation}}"),
    ("X-Prompt", "{{ prompt }} v{{ version }}"),
    ("X-Attempt", "{{ attempt }}"),
)


@pytest.mark.parametrize("api", ["chat_completions", "responses"])
async def test_each_request_has_its_own(api: Api) -> None:
    asked = [
        Request("m", "", [Turn("user", "Hi")], user="1", about={"conversation": "c1", "prompt": "tutor", "version": "3"}),
        Request("m", "", [Turn("user", "Hi")], user="2", about={"conversation": "c2"}),
        Request("m", "", [Turn("user", "Hi")], user="1"),
    ]
    async with provider(api) as (server, endpoint):
        for request in asked:
            await parts(replace(endpoint, headers=TEMPLATES), request)
        first, second, third = (request.headers for request in server.streams)
    assert {sent["x-fixed"] for sent in (first, second, third)} == {"always"}
    assert (first["x-session"], first["x-prompt"]) == ("chat/c1", "tutor v3")
    assert second["x-session"] == "chat/c2"
    assert "x-prompt" not in second
    assert not {"x-session", "x-prompt"} & third.keys()
    assert first["x-user"] == third["x-user"] != second["x-user"]
    assert len(first["x-user"]) == 64


@pytest.mark.django_db(transaction=True)
async def test_answers_and_titles_tell_whose_they_are(alice: User, providers: Providers) -> None:
    prompt = await sync_to_async(_published)()
    providers.near_row.headers = dict(TEMPLATES)
    await providers.near_row.asave()
    await sync_to_async(catalog.forget)()
    async with Socket(alice) as socket:
        accepted = await socket.send("How do tides work?", prompt=prompt.slug)
        await socket.until("finished", message=accepted["reply"])
        await until_idle()
    answer, title = (request.headers for request in providers.near.streams)
    assert answer["x-session"] == title["x-session"] == f"chat/{accepted['conversation']}"
    assert answer["x-prompt"] == "tutor v1"
    assert "x-prompt" not in title
    assert answer["x-user"] == title["x-user"]
    attempts = {str(pk) async for pk in Attempt.objects.values_list("pk", flat=True)}
    assert {answer["x-attempt"], title["x-attempt"]} == attempts, "By which feedback finds the request at Helicone."
    assert str(alice.pk) not in str(answer)


def _published() -> SystemPrompt:
    prompt = SystemPrompt.objects.create(slug="tutor", name="Tutor")
    prompt.publish(text="Explain.", author=None)
    return prompt


def test_only_harmless_things_can_be_named() -> None:
    assert header_templates.unknown("{{ user }} {{question}} {{ user.email }} {{}}") == ["question", "user.email", ""]
