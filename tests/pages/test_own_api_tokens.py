"""Users make API tokens for themselves where the site lets them, see each once, and revoke them; never another user's."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client

from conversations import process_cache
from conversations.models import ApiToken, SystemPrompt, User
from tests.conftest import PASSWORD
from tests.support.api import token_of

TOKENS = "/accounts/tokens/"
NEW = {"name": "Website search", "lifetime": "30", "scopes": ["chat"]}


def published(slug: str, **fields: Any) -> SystemPrompt:
    prompt = SystemPrompt.objects.create(slug=slug, name=slug.title(), **fields)
    prompt.publish(text="Be kind.")
    return prompt


@pytest.fixture
def browser(client: Client, alice: User, settings: Any) -> Client:
    settings.USERS_MAKE_API_TOKENS = True
    client.force_login(alice)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def test_one_is_made_shown_once_and_works(browser: Client, alice: User) -> None:
    page = browser.post(TOKENS, NEW).content.decode()
    secret = re.search(r'value="(sk-chat-[\w-]+)"', page)[1]
    assert Client().get("/v1/models", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    listed = browser.get(TOKENS).content.decode()
    token = ApiToken.objects.get()
    assert (token.user, token.made_by, token.scopes) == (alice, alice, ["chat"]) and token.expires is not None
    assert secret not in listed and token.prefix in listed and "Website search" in listed
    assert [secret in str(message.body) for message in mail.outbox] == [False] and "Website search" in str(mail.outbox[0].body)
    browser.post(f"{TOKENS}{token.pk}/revoke/")
    assert Client().get("/v1/models", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert token.prefix not in browser.get(TOKENS).content.decode()


def test_one_may_be_good_for_some_assistants_alone(browser: Client) -> None:
    pirate, cook = published("pirate"), published("cook")
    page = browser.post(TOKENS, {**NEW, "reach": "named", "prompts": [str(pirate.pk)]}).content.decode()
    secret = re.search(r'value="(sk-chat-[\w-]+)"', page)[1]
    program = Client(headers={"Authorization": f"Bearer {secret}"})
    assert [model["id"] for model in program.get("/v1/models").json()["data"] if model["id"] in ("pirate", "cook")] == ["pirate"]
    listed = browser.get(TOKENS).content.decode()
    assert "Asks Pirate" in listed
    cook.delete()
    pirate.delete()
    process_cache.clear()
    assert "Asks no assistant" in browser.get(TOKENS).content.decode() and not program.get("/v1/models").json()["data"]
    browser.post(TOKENS, {**NEW, "reach": "all", "prompts": [str(published("mate").pk)]})
    assert [(token.is_limited_to_prompts, token.prompts.count()) for token in ApiToken.objects.all()] == [(False, 0), (True, 0)]


def test_an_open_browser_alone_makes_none(client: Client, alice: User, settings: Any) -> None:
    settings.USERS_MAKE_API_TOKENS = True
    client.force_login(alice)
    assert client.post(TOKENS, NEW)["Location"].startswith("/accounts/reauthenticate/")
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"lifetime": "5"},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"scopes": ["raw_models"]},
        {"scopes": ["write_prompts"]},
        {"reach": "some"},
        {"reach": "named"},
        {"reach": "named", "prompts": ["00000000-0000-0000-0000-000000000000"]},
        {"reach": "named", "prompts": ["hidden"]},
    ],
)
def test_what_is_wrong_makes_none(browser: Client, change: dict[str, Any]) -> None:
    if change.get("prompts") == ["hidden"]:
        change = {**change, "prompts": [str(published("hidden", audience="staff").pk)]}
    assert browser.post(TOKENS, NEW | change).status_code == 200
    assert not ApiToken.objects.exists()


def test_only_where_the_site_lets_them(browser: Client, alice: User, settings: Any) -> None:
    settings.USERS_MAKE_API_TOKENS = False
    assert browser.get(TOKENS).status_code == browser.post(TOKENS, NEW).status_code == 404
    assert TOKENS not in browser.get("/").content.decode()
    alice.user_permissions.add(Permission.objects.get(codename="make_apitoken"))
    process_cache.clear()
    assert TOKENS in browser.get("/").content.decode()
    assert "sk-chat-" in browser.post(TOKENS, NEW).content.decode()


def test_one_that_an_administrator_made_can_be_revoked_all_the_same(browser: Client, alice: User, settings: Any) -> None:
    settings.USERS_MAKE_API_TOKENS = False
    _, token = token_of(alice)
    page = browser.get(TOKENS).content.decode()
    assert "A test" in page and "Make a token" not in page
    assert browser.post(f"{TOKENS}{token.pk}/revoke/")["Location"] == "/"
    token.refresh_from_db()
    assert token.revoked is not None


def test_tokens_of_others_are_not_there(browser: Client, bob: User) -> None:
    _, token = token_of(bob)
    assert "A test" not in browser.get(TOKENS).content.decode()
    assert browser.post(f"{TOKENS}{token.pk}/revoke/").status_code == 404
    token.refresh_from_db()
    assert token.revoked is None
    assert Client().get(TOKENS).status_code == 302


def test_there_are_not_too_many(browser: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.pages.api_tokens.MOST", 1)
    token_of(alice)
    assert "Revoke one" in browser.post(TOKENS, NEW).content.decode()
    assert ApiToken.objects.count() == 1
