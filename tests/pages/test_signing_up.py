"""Signing up tells of no address whether it has an account, and takes nothing from the account that has it."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from conversations.models import User
from conversations.pages.sign_in_limits import MOST_SHARING
from tests.conftest import PASSWORD

OWN = "quiet-harbour-42"


@pytest.fixture(autouse=True)
def _uncounted() -> None:
    cache.clear()


def sign_up(name: str, email: str) -> Client:
    client = Client()
    assert client.post("/accounts/signup/", {"username": name, "email": email, "password1": OWN})["Location"] == "/"
    return client


def signed_in_as(login: str, password: str) -> str | None:
    client = Client()
    response = client.post("/accounts/login/", {"login": login, "password": password}, follow=True)
    return response.context["user"].get_username() or None


def plain(client: Client) -> str:
    page = client.get("/accounts/email/").content.decode()
    return re.sub(r'(nonce|value)="[^"]*"', "", page)


def test_a_registered_address_looks_like_any_other(alice: User) -> None:
    taken, free = alice.email, "free@example.org"
    assert plain(sign_up("twin", taken)).replace(taken, "…") == plain(sign_up("triplet", free)).replace(free, "…")
    assert mail.outbox == []


def test_who_had_the_address_keeps_their_account(alice: User) -> None:
    for number in range(MOST_SHARING + 1):
        sign_up(f"twin{number}", alice.email)
    assert signed_in_as(alice.email, PASSWORD) == "alice"
    assert signed_in_as("twin0", OWN) == "twin0"
    Client().post("/accounts/password/reset/", {"email": alice.email})
    assert sorted(re.search(r"“(\w+)”", str(message.body))[1] for message in mail.outbox)[0] == "alice"  # type: ignore[index]


def test_accounts_that_share_an_address_cost_few_checks_of_a_password(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3 * MOST_SHARING):
        User.objects.create_user(f"twin{number}", alice.email, OWN)
    checked = []
    monkeypatch.setattr(User, "check_password", lambda user, password: checked.append(user.username))
    Client().post("/accounts/login/", {"login": alice.email, "password": "wrong"})
    assert checked[0] == "alice"
    assert len(set(checked)) == MOST_SHARING


@pytest.mark.django_db
def test_the_form_says_what_an_address_is_good_for(client: Client) -> None:
    page = client.get("/accounts/signup/").content.decode()
    assert "The only way to a new password" in page
    assert page.count('type="password"') == 1
    assert 'autocomplete="new-password"' in page
